"""`python -m portal` runs the service; `python -m portal migrate` brings its database up to date."""

from chassis.runner import main

if __name__ == "__main__":
    main("portal.service:PortalService")
