"""`python -m consent` runs the service; `python -m consent migrate` brings its database up to date."""

from chassis.runner import main

if __name__ == "__main__":
    main("consent.service:ConsentService")
