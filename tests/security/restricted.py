"""A restricted person: everything is recorded by the cast that knows the first family too, and then hidden (CO-5)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from chassis import contracts
from tests.security.family import SINCE, SOON, Family
from tests.security.operations import Route, names_at, routes
from tests.security.sign_ins import Actor, eventually
from tests.security.world import built, everybody, the_family

REASON = "Protected by order of a court"
ROLES: dict[str, Any] = contracts.access_list("roles")
# One of each role that lists anything, and of those whom she had let see more.
LOOKING = (
    "mentor", "recipient", "desk", "social-worker", "team-lead", "client", "carers-admin", "carers-worker",
    "manager", "contracts", "approver", "releaser", "feed", "mediator",
)  # fmt: skip

# How many entries somebody finds, and whether there are more, by the list and by who asks.
Counts = dict[tuple[str, str], tuple[int, bool]]


@dataclass(frozen=True)
class Hidden:
    """The family of a restricted person, and what lists held before anything was recorded of them and after."""

    family: Family
    others: dict[str, str]
    before: Counts
    after: Counts


@cache
def the_hidden() -> Hidden:
    """A family of which one person is restricted, once every service has heard of it."""
    the_family()
    before = counts()
    family = built("hidden", everybody(), account="other-client")
    restriction = {"person_id": family.ids["person_id"], "reason": REASON}
    family.ids["restriction_id"] = str(family["privacy"].made("/restrictions", restriction)["id"])
    # What belongs to no family stands among the ids of each, as in the first.
    family.ids = {**the_family().ids, **family.ids}
    ids = family.ids
    asked = {**_AUTHORISED, "provider_id": ids["provider_id"], "person_id": ids["person_id"]}
    for what, refused in (
        ("intake", lambda: family["desk"].get(f"/people/{ids['person_id']}")),
        ("consent", lambda: family["mentor"].get(f"/consents/{ids['consent_id']}")),
        ("cases", lambda: family["mentor"].get(f"/assessments/{ids['assessment_id']}")),
        ("portal", lambda: family["contracts"].post("/authorisations", asked)),
    ):
        eventually(f"{what} hides her", lambda look=refused: True if look().status_code == 404 else None)
    return Hidden(family, dict(the_family().ids), before, counts())


# In a case that is not hers: it is refused in any case, and as of somebody unknown once she is hidden.
_AUTHORISED = {
    "case_id": "00000000-0000-4000-8000-000000000003",
    "service": "help_at_home",
    "unit": "hour",
    "rate": "1.0000",
    "units": "1.00",
    "starts_on": SINCE,
    "ends_on": SOON,
}


def may(actor: Actor, route: Route) -> bool:
    """Whether the role of somebody holds the permission of a route."""
    return route.permission in ROLES[actor.role]["permissions"]


def lists() -> list[Route]:
    """The routes that list, of which the log and its alerts tell of everything that happens."""
    return [
        each
        for each in routes()
        if each.method == "get" and "limit" in each.query and not each.names and not of_the_log(each)
    ]


def of_the_log(route: Route) -> bool:
    """Whether it tells of the log: what is done to a restricted person is written there too."""
    return route.path.startswith(("/api/v1/audit", "/api/v1/alerts"))


def counts() -> Counts:
    """What each list holds for each who looks."""
    found: Counts = {}
    ids = the_family().ids
    for route in lists():
        for name in LOOKING:
            actor = everybody()[name]
            if may(actor, route):
                answer = route.ask(actor, names_at(route, ids), query={"limit": 100})
                assert answer.ok, (str(route), name, answer.text)
                told = answer.json()
                entries = sum(len(each) for each in told.values() if isinstance(each, list))
                found[str(route), name] = entries, told.get("next_cursor") is not None
    return found
