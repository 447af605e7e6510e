"""`python -m audit` runs the service; `python -m audit migrate` brings its database up to date."""

from chassis.runner import run

from audit.service import AuditService

if __name__ == "__main__":
    run(AuditService)
