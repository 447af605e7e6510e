"""`python -m audit` runs the service; `python -m audit migrate` brings its database up to date."""

from chassis.runner import main

if __name__ == "__main__":
    from audit.alerts.rules import expect_rules

    expect_rules()
    main("audit.service:AuditService")
