"""Another family's ids in bodies: refused as an id that nobody has, and nothing of them changes (CO-5, CO-9)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.security.bodies import Path, members, placed
from tests.security.family import PROGRAM, Family
from tests.security.good_bodies import good_body
from tests.security.operations import Route, names_at, routes
from tests.security.restricted import the_hidden
from tests.security.sign_ins import Actor
from tests.security.test_ownership import READERS, ROLES, record_at
from tests.security.world import the_family, the_others

pytestmark = [pytest.mark.platform, pytest.mark.timeout(300)]

# Who asks, the first who may and who reaches the record of the path: those who reach few records before those who
# reach many by statute.
ASKING = (
    "mentor", "carers-worker", "carers-admin", "desk", "team-lead", "contracts", "approver", "releaser", "privacy",
    "feed", "mediator", "manager", "client",
)  # fmt: skip

ASKED_BY = {"POST /api/v1/outreach-contacts/referrals": ("desk",)}

# Which record a member means, by its name in `Family.ids`, where the name of the member does not say it.
MEANT = {
    "about": "person_id",
    "amends": "note_id",
    "consent_id": "assessment_consent_id",
    "contact_ids": "contact_id",
    "for_member": "person_id",
    "hidden_from": "person_id",
    "informed_by": "assessment_id",
    "item_id": "goal_id",
    "kept_from": "person_id",
    "other_id": "person_id",
    "other_person_id": "person_id",
    "person_ids": "person_id",
    "record_id": "person_id",
    "renews": "agreement_id",
    "shown_to": "person_id",
}


@dataclass(frozen=True)
class Swap:
    """One member of one body."""

    route: Route
    path: Path
    sort: str

    def __str__(self) -> str:
        return f"{self.route.method.upper()} {self.route.path.removeprefix('/api/v1')} {'/'.join(self.path)}"

    @property
    def name(self) -> str:
        """The name of the member."""
        return next(step for step in reversed(self.path) if step != "*")

    @property
    def meant(self) -> str:
        """What of a family it names."""
        if self.name == "id":
            return {"names": "name_id", "addresses": "address_id", "contact_points": "contact_point_id"}[
                self.path[-3]
            ]
        if self.name == "other_id" and self.route.path.endswith("/joining"):
            return "referral_id"
        return MEANT.get(self.name, self.name)


def swaps(*sorts: str) -> list[Swap]:
    return [
        Swap(route, path, sort)
        for route in routes()
        for path, sort in members(route).items()
        if sort in sorts
    ]


@cache
def family() -> Family:
    """The family who asks, with referrals on which everything can still be done."""
    hers = the_family()
    ours = Family(name=hers.name, cast=hers.cast, ids=dict(hers.ids), marks=hers.marks)
    ours.ids["referral_id"] = referred(ours, "intensive_case_management")
    ours.ids["referrer_id"] = referrer(ours, ours.ids["referral_id"])
    form = ours["desk"].made_of("/checklist-forms/pre_assessment_checklist")
    ours.ids["question"] = form["questions"][0]["code"]
    return ours


def referred(ours: Family, program: str) -> str:
    """A new referral of the person, taken by the desk that received it."""
    asked = {
        "person_id": ours.ids["person_id"],
        "program": program,
        "source": "professional",
        "reason": "alone",
        "referrers": [{"name": "Police", "phone": "250 555 0178"}],
    }
    made = str(ours["desk"].made("/referrals", asked)["id"])
    ours["desk"].made(f"/referrals/{made}/taking")
    reached = {"way": "in_person", "outcome": "reached"}
    ours["desk"].made(f"/referrals/{made}/contact-attempts", reached)
    return made


def met(ours: Family, swap: Swap) -> str:
    """A new contact, with the person or with somebody who is told of anew."""
    whom = {"alias": "Somebody"} if "person" in swap.path else {"person_id": ours.ids["person_id"]}
    contact = {"met": [whom], "outcome": "talked", "way": "in_person", "place": "bridge"}
    return str(ours["desk"].made("/outreach-contacts", contact)["items"][0]["id"])


def spare_case(ours: Family) -> str:
    """A new case of the person."""
    member = {"person_id": ours.ids["person_id"], "relation": "young_person"}
    opened = {"program": PROGRAM, "role": "learning_mentor", "members": [member]}
    return str(ours["mentor"].made("/cases", opened)["id"])


def spare_consent(ours: Family) -> str:
    """A new consent of the person."""
    agreed = {
        "person_id": ours.ids["person_id"],
        "recipient": f"worker:nobody-{uuid4().hex}",
        "categories": ["housing"],
        "purposes": ["care"],
        "form": "verbal",
        "explanation": {"text": "what it means", "refusal_explained": True},
    }
    return str(ours["mentor"].made("/consents", agreed)["id"])


def referrer(ours: Family, referral: str) -> str:
    return str(ours["desk"].made_of(f"/referrals/{referral}")["referrers"][0]["id"])


def asking(route: Route) -> Actor:
    """Somebody who may ask it, of the record in its path."""
    record = record_at(route)
    return next(
        family()[name]
        for name in (*ASKED_BY.get(str(route), ()), *ASKING)
        if route.permission in ROLES[family()[name].role]["permissions"]
        and (record is None or name in READERS[record])
    )


def asked(swap: Swap, value: str) -> requests.Response:
    """The good request with this value in that member."""
    route, actor = swap.route, asking(swap.route)
    known = {**names_at(route, family().ids), "program": PROGRAM}
    if route.path.endswith(("/members", "/team")):
        known["case_id"] = spare_case(family())  # whoever is named there stays on it
    if route.path.endswith("/consents/{id}/withdrawal"):
        known["id"] = spare_consent(family())  # one is taken back once
    if route.path.endswith("/outreach-contacts/referrals"):
        family().ids["contact_id"] = met(family(), swap)  # a contact becomes part of one referral
    good = good_body(family(), str(route), swap.path) or route.good_body(known)
    headers = {}
    if route.versioned:
        address = route.address(known)
        seen = actor.get(address)
        headers["If-Match"] = (seen if seen.ok else actor.get(address.rsplit("/", 1)[0])).headers["ETag"]
    return route.ask(actor, known, body=placed(route, good, swap.path, value, ids=known), headers=headers)


def told(answer: requests.Response, value: str) -> tuple[int, str]:
    """What an answer tells, without what differs between any two."""
    if answer.ok:
        return answer.status_code, ""
    said: dict[str, Any] = answer.json()
    said.pop("trace_id")
    return answer.status_code, json.dumps(said, sort_keys=True).replace(value, "-")


# An id that names nobody of the family, and belongs to none: there is no other family's to send.
OF_NO_FAMILY = {"renews", "service_id"}

# Any id is taken there, whether or not somebody has it: nothing is looked up by it.
TAKES_ANY: dict[str, str] = {
    "POST /people names/*/id": "names are given their ids here; one that is sent is not kept",
    "POST /people contact_points/*/id": "as for names",
    "POST /people addresses/*/id": "as for names",
    "POST /referrals person/names/*/id": "as for a person recorded by itself",
    "POST /referrals person/contact_points/*/id": "as for a person recorded by itself",
    "POST /referrals person/addresses/*/id": "as for a person recorded by itself",
    "POST /referrals/requests persons/*/person/names/*/id": "as for a person recorded by itself",
    "POST /referrals/requests persons/*/person/contact_points/*/id": "as for a person recorded by itself",
    "POST /referrals/requests persons/*/person/addresses/*/id": "as for a person recorded by itself",
    "POST /outreach-contacts/referrals person/names/*/id": "as for a person recorded by itself",
    "POST /outreach-contacts/referrals person/contact_points/*/id": "as for a person recorded by itself",
    "POST /outreach-contacts/referrals person/addresses/*/id": "as for a person recorded by itself",
    "POST /cases members/*/hidden_from/*": "from whom a member is to be hidden is said before they are known here",
    "POST /cases members/*/kept_from/*": "as for hidden_from",
    "POST /cases/{case_id}/members hidden_from/*": "as for a case that is opened",
    "POST /cases/{case_id}/members kept_from/*": "as for a case that is opened",
    "PUT /cases/{case_id}/members/{member_id}/kept-from kept_from/*": "as for a case that is opened",
    "POST /previews/cases person_id": "of somebody of whom nothing is kept, nothing would be shown",
    "POST /previews/intake person_id": "of somebody of whom nothing is kept, nothing would be shown",
    "POST /previews/portal person_id": "of somebody of whom nothing is kept, nothing would be shown",
    "POST /audit/holds record_id": "a hold may come before the first entry about somebody",
}

# Another family's id is taken, since whoever asks reaches that record, or since the step is about anybody.
TAKEN: dict[str, str] = {
    "POST /people/comparisons person_ids/*": "the front desk sees who everybody is, by statute",
    "POST /people/{person_id}/distinctions other_person_id": "the front desk sees who everybody is, by statute",
    "POST /people/candidates person_id": "the front desk sees who everybody is, by statute",
    "POST /outreach-contacts/{contact_id}/person person_id": "the front desk says who was met",
    "POST /programs/{program}/offers entry_id": "a team lead answers for the whole line of a program",
    "POST /cases members/*/person_id": "family is whoever the client names; the name opens nothing (0042)",
    "POST /cases/{case_id}/members person_id": "as for a case that is opened",
    "POST /involvements person_id": "the front desk writes the directory of everybody",
    "POST /mediation-requests person_id": "the directory is open to whoever works with a child, by statute",
    "POST /consents person_id": "a decision is recorded by whom the person tells it (0060)",
    "POST /consents/previews person_id": "as for the decision itself; it counts what the caller sees",
    "POST /withdrawals person_id": "as for a consent",
    "POST /capacity-assessments person_id": "as for a consent",
    "POST /representatives person_id": "as for a consent",
    "POST /prior-decisions person_id": "as for a consent",
    "POST /emergency-accesses person_id": "an emergency is about whomever it befalls, and is told at once (CO-6)",
    "POST /authorisations provider_id": "the contracts office answers for every provider, by statute",
    "POST /authorisations person_id": "the contracts office issues for anybody, by statute",
    "POST /payments invoice_id": "the finance office pays every approved invoice, by statute",
}
# The same, and what it does would change the world that the other tests stand in: it is not sent.
TAKEN_FOR_GOOD: dict[str, str] = {
    "POST /people/{person_id}/links other_person_id": "two families would be one",
    "POST /people/{person_id}/relationships other_id": "two families would be related, and each would show it",
    "POST /restrictions person_id": "the other family would be hidden",
    "POST /audit/erasures person_id": "what was written of the other family would be gone",
}
# What is refused though it is of the family itself, for want of something before it: no id shows that it is good.
OURS_TOO: dict[str, str] = {
    "POST /referrals/{referral_id}/explanations referrer_id": "told of after a decision, which is made once",
    "POST /referrals/{referral_id}/screening findings/*/informed_by": "only what was attached informs",
    "POST /referrals/{referral_id}/screening answers/*/informed_by": "only what was attached informs",
    "PATCH /referrals/{referral_id}/screening-draft findings/*/informed_by": "only what was attached informs",
    "PATCH /referrals/{referral_id}/screening-draft answers/*/informed_by": "only what was attached informs",
    "POST /referrals/{referral_id}/assessments assessment_id": "the desk has no consent to attach it",
    "POST /held-rows/{held_row_id}/decisions person_id": "no row is held in this world",
}
# What of a restricted person is answered for all the same, by those who are there for it.
STILL_ANSWERED: dict[str, str] = {
    "POST /invoices lines/*/authorisation_id": "what is owed for a restricted client stays payable",
    "PUT /invoices/{id} lines/*/authorisation_id": "what is owed for a restricted client stays payable",
    "POST /payments invoice_id": "what is owed for a restricted client stays payable",
}
REFUSALS = (403, 404, 409, 422)
AT_ITS_OWN_ADDRESS = (404, "not_found"), (403, "access_denied")


def code(answer: tuple[int, str]) -> tuple[int, str]:
    return answer[0], json.loads(answer[1] or "{}").get("code", "")


def test_the_tables_name_members_that_are_there() -> None:
    known = {str(each) for each in swaps("id")}
    for table in (TAKES_ANY, TAKEN, TAKEN_FOR_GOOD, OURS_TOO, STILL_ANSWERED):
        assert table.keys() - known == set()
    assert len(known) > 90


def test_another_family_s_id_in_a_body_is_refused_as_one_that_nobody_has() -> None:
    """Told apart only as at the record's own address: that it is there, and that no grant reaches it (0001)."""
    before = state_of(the_others())
    wrong: list[tuple[str, str, Any]] = []
    hidden = the_hidden().family.ids
    for swap in swaps("id"):
        said = str(swap)
        if said in TAKEN_FOR_GOOD and "erasures" in said:
            continue
        nobody = str(uuid4())
        unknown = told(asked(swap, nobody), nobody)
        if said in TAKES_ANY and unknown[0] not in (200, 201):
            wrong.append((said, "takes not any id", unknown))
        if said not in TAKES_ANY and unknown[0] not in REFUSALS:
            wrong.append((said, "an id that nobody has is taken", unknown))
        if swap.meant in OF_NO_FAMILY or swap.name in OF_NO_FAMILY:
            continue
        theirs, restricted, ours = the_others().ids[swap.meant], hidden[swap.meant], family().ids[swap.meant]
        seen = unknown if restricted == ours else told(asked(swap, restricted), restricted)
        if (seen != unknown) != (said in STILL_ANSWERED):
            wrong.append((said, "a restricted person's is told from none, or no longer", (unknown, seen)))
        if said not in TAKEN_FOR_GOOD:
            foreign = told(asked(swap, theirs), theirs)
            same = foreign == unknown or (code(unknown), code(foreign)) == AT_ITS_OWN_ADDRESS
            if same == (said in TAKEN):
                wrong.append((said, "another's is told from none, or no longer", (unknown, foreign)))
            good = told(asked(swap, ours), ours)
            if (good == unknown) != (said in OURS_TOO) and said not in TAKES_ANY:
                wrong.append((said, "ours is refused too, or no longer", (unknown, good)))
    assert not wrong, "\n".join(map(str, wrong))
    assert state_of(the_others()) == before


def state_of(others: Family) -> dict[str, Any]:
    """What those who work with the other family find in its records."""
    ids = others.ids
    looks = (
        ("desk", f"/people/{ids['person_id']}"),
        ("desk", f"/referrals/{ids['referral_id']}"),
        ("desk", f"/wait-list/{ids['entry_id']}"),
        ("mentor", f"/cases/{ids['case_id']}"),
        ("mentor", f"/cases/{ids['case_id']}/plan"),
        ("mentor", f"/cases/{ids['case_id']}/contacts"),
        ("mentor", f"/assessments/{ids['assessment_id']}"),
        ("mentor", f"/consents/{ids['consent_id']}"),
        ("carers-worker", f"/invoices/{ids['invoice_id']}"),
        ("carers-worker", f"/authorisations/{ids['authorisation_id']}"),
    )
    return {path: others[name].get(path).json() for name, path in looks}
