"""`python -m portal` runs the service; `python -m portal migrate` brings its database up to date."""

from chassis.runner import main

main("portal.service:PortalService")
