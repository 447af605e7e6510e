"""`python -m cases` serves the doors of cases; `python -m cases migrate` brings its database up to date."""

from chassis.runner import main

main("cases.service:CasesService")
