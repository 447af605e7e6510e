"""`python -m intake` serves the doors of intake; `python -m intake migrate` brings its database up to date."""

from chassis.runner import main

if __name__ == "__main__":
    main("intake.service:IntakeService")
