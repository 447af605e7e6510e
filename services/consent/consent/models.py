"""Every table of the service, so that migrations and policies see the whole."""

from chassis import account_links
from consent.agreements import model as agreements
from consent.capacity import model as capacity
from consent.directives import model as directives
from consent.directives import refusals, scopes, turns
from consent.emergency import model as emergency
from consent.people import model as people
from consent.prior import model as prior
from consent.representation import model as representation
from consent.representation import standings
from consent.restrictions import model as restrictions
from consent.sign_ins import model as sign_ins
from consent.withdrawals import model as withdrawals

__all__ = [
    "account_links",
    "agreements",
    "capacity",
    "directives",
    "emergency",
    "people",
    "prior",
    "refusals",
    "representation",
    "restrictions",
    "scopes",
    "sign_ins",
    "standings",
    "turns",
    "withdrawals",
]
