"""`python -m audit` runs the service; `python -m audit migrate` brings its database up to date."""

from chassis.runner import main

if __name__ == "__main__":
    main("audit.service:AuditService")
