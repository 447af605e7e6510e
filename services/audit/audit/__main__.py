"""`python -m audit` runs the service; `python -m audit migrate` brings its database up to date."""

from audit.service import AuditService
from chassis.runner import run

if __name__ == "__main__":
    run(AuditService)
