"""`python -m intake` serves the doors of intake; `python -m intake migrate` brings its database up to date."""

from chassis.runner import main

main("intake.service:IntakeService")
