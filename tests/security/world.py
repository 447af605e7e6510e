"""A small world made through HTTP: one record of each kind that has an address, and a word that marks each text.

Every free text holds a word that stands nowhere else (`Family.mark`), so that a text that comes out where it should
not is found by looking for the word.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import requests

from tests.security.sign_ins import RUN, Actor, eventually

PROGRAM = "child_and_family_services"
TODAY = datetime.now(UTC).date()
SINCE = str(TODAY - timedelta(days=30))
SOON = str(TODAY + timedelta(days=60))
NOW = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
OWN, OTHER = f"school-{RUN}", f"elsewhere-{RUN}"
CARERS, RIVALS = f"carers-{RUN}", f"rivals-{RUN}"
CLINIC = f"clinic-{RUN}"


def cast() -> dict[str, Actor]:
    """Who is there, by name: with what each of them has to do with the family, the tests say."""
    named = [
        Actor("mentor", "practitioner", OWN),
        Actor("colleague", "practitioner", OWN),
        Actor("stranger", "practitioner", OTHER),
        Actor("recipient", "practitioner", f"housing-{RUN}"),
        Actor("desk", "intake_worker", f"office-{RUN}", (f"desk-{RUN}",)),
        Actor("other-desk", "intake_worker", f"office2-{RUN}", (f"desk2-{RUN}",)),
        Actor("social-worker", "social_worker", f"care-{RUN}"),
        Actor("team-lead", "team_lead", f"care-{RUN}"),
        Actor("client", "client"),
        Actor("other-client", "client"),
        Actor("carers-admin", "provider_admin", CARERS),
        Actor("carers-worker", "provider_user", CARERS),
        Actor("rivals-admin", "provider_admin", RIVALS),
        Actor("rivals-worker", "provider_user", RIVALS),
        Actor("manager", "program_manager", f"ministry-{RUN}"),
        Actor("contracts", "contracts_officer", f"ministry-{RUN}"),
        Actor("approver", "finance_approver", f"ministry-{RUN}"),
        Actor("releaser", "finance_releaser", f"ministry-{RUN}"),
        Actor("privacy", "privacy_officer", f"ministry-{RUN}"),
        Actor("auditor", "auditor", f"ministry-{RUN}"),
        Actor("operator", "operator", f"ministry-{RUN}"),
        Actor("feed", "system_feed", f"borough-{RUN}"),
        Actor("other-feed", "system_feed", f"borough2-{RUN}"),
        Actor("mediator", "directory_mediator", f"borough-{RUN}"),
    ]
    return {actor.name: actor for actor in named}


@dataclass
class Family:
    """A person, a relative, and what the platform holds of them; `ids` by what each is."""

    name: str
    cast: dict[str, Actor]
    ids: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    account: str = "client"

    def __getitem__(self, actor: str) -> Actor:
        return self.cast[actor]

    def mark(self, what: str) -> str:
        """The word that marks texts of this sort."""
        return self.marks.setdefault(what, f"Zq{what}{self.name}{RUN}")

    def explained(self) -> dict[str, Any]:
        """That somebody explained what a consent means."""
        return {"text": self.mark("consent"), "refusal_explained": True}

    def consents(self, by: str, to: str, categories: list[str], purposes: list[str]) -> str:
        """She agrees that somebody sees some of it."""
        body = {
            "person_id": self.ids["person_id"],
            "recipient": to,
            "categories": categories,
            "purposes": purposes,
            "form": "verbal",
            "explanation": self.explained(),
        }
        return str(self[by].made("/consents", body)["id"])


def built(name: str, cast: dict[str, Actor], *, account: str) -> Family:
    """The family with one record of each kind, known to every service."""
    family = Family(name=name, cast=cast, account=account)
    for part in (_people, _referral, _case, _consents, _plan, _assessment, _directory, _money, _oversight):
        part(family)
    return family


def _people(family: Family) -> None:
    desk, mark = family["desk"], family.mark
    person = {
        "names": [{"kind": "alias", "given": mark("identity"), "family": f"Zz{family.name}{RUN}"}],
        "born": {"year": TODAY.year - 15, "month": 1, "day": 4},
        "pronouns": mark("identity"),
        "communication_needs": mark("identity"),
        "contact_points": [
            {"kind": "phone", "value": "250 555 0133", "safe_to_contact": False, "note": mark("contact")}
        ],
        "addresses": [
            {"kind": "home", "street": mark("contact"), "safe_to_send_mail": False, "note": mark("contact")}
        ],
        "identifiers": [
            {"scheme": "drivers_licence", "issuer": "BC", "value": _number(family.name), "source": "told"}
        ],
    }
    made = desk.made("/people", person)
    ids = family.ids
    ids["person_id"] = made["id"]
    ids["name_id"] = made["names"][0]["id"]
    ids["contact_point_id"] = made["contact_points"][0]["id"]
    ids["address_id"] = made["addresses"][0]["id"]
    ids["identifier_id"] = made["identifiers"][0]["id"]
    relative = {"names": [{"kind": "alias", "given": mark("relative"), "family": f"Zy{family.name}{RUN}"}]}
    ids["relative_id"] = desk.made("/people", relative)["id"]
    ids["other_record_id"] = desk.made("/people", relative)["id"]
    related = {"kind": "parent", "other_id": ids["relative_id"], "note": mark("family")}
    ids["relationship_id"] = desk.made(f"/people/{ids['person_id']}/relationships", related)["relationships"][
        0
    ]["id"]
    account = {"account": family[family.account].subject, "relation": "self"}
    desk.made(f"/people/{ids['person_id']}/accounts", account)
    because = {"other_person_id": ids["other_record_id"], "because": mark("judgement")}
    ids["link_id"] = _newest(desk.made(f"/people/{ids['relative_id']}/links", because))
    apart = {"other_person_id": ids["relative_id"], "because": mark("judgement")}
    ids["judgement_id"] = _newest(desk.made(f"/people/{ids['person_id']}/distinctions", apart))


def _newest(told: dict[str, Any]) -> str:
    return str(told["id"])


def _number(name: str) -> str:
    return str(int(hashlib.sha256(f"{name}{RUN}".encode()).hexdigest(), 16) % 10_000_000).zfill(7)


def _referral(family: Family) -> None:
    desk, mark, ids = family["desk"], family.mark, family.ids
    asked = {
        "person_id": ids["person_id"],
        "program": PROGRAM,
        "source": "professional",
        "reason": mark("referral"),
        "referred_by": mark("referral"),
        "referrers": [{"name": mark("referral"), "phone": "250 555 0177", "tell_outcome": True}],
    }
    made = desk.made("/referrals", asked)
    ids["referral_id"] = made["id"]
    ids["referrer_id"] = desk.made_of(f"/referrals/{made['id']}")["referrers"][0]["id"]
    path = f"/referrals/{made['id']}"
    desk.made(f"{path}/taking")
    attempt = {"way": "in_person", "outcome": "reached", "note": mark("referral"), "place": mark("referral")}
    desk.made(f"{path}/contact-attempts", attempt)
    findings = [
        {"criterion": "child_or_youth", "finding": "met", "reason": mark("referral")},
        {"criterion": "asks_for_support", "finding": "met", "reason": mark("referral")},
    ]
    lead, capacity = family["team-lead"], f"/programs/{PROGRAM}/capacity"
    rules = {"kind": "fixed_places", "offers": "by_worker"}
    lead.made(capacity, {**rules, "places": 100_000}, method="PUT")
    occupied = lead.made_of(capacity)["occupied"]
    lead.made(capacity, {**rules, "places": occupied}, method="PUT")
    decided = desk.made(f"{path}/screening", {"findings": findings})
    ids["screening_id"] = decided["id"]
    ids["entry_id"] = desk.made_of(f"{path}/waiting")["id"]
    support = {"said": mark("waiting")}
    desk.made(f"/wait-list/{ids['entry_id']}/support", support)

    refused = desk.made("/referrals", {**asked, "program": "bus_pass", "referrers": []})
    other = f"/referrals/{refused['id']}"
    desk.made(f"{other}/contact-attempts", {"way": "in_person", "outcome": "reached"})
    ids["refused_referral_id"] = refused["id"]

    checklist = {
        "person_id": ids["person_id"],
        "answers": [{"question": "learning", "answer": "yes", "note": mark("checklist")}],
        "agreement": {"by": "person", "how": "verbal"},
        "present": ["person"],
    }
    form = desk.made_of("/checklist-forms/pre_assessment_checklist")
    checklist["answers"][0]["question"] = form["questions"][0]["code"]
    ids["checklist_id"] = desk.made("/checklists", checklist)["id"]
    met = {
        "met": [{"person_id": ids["person_id"], "description": mark("outreach"), "note": mark("outreach")}],
        "outcome": "talked",
        "way": "in_person",
        "place": mark("outreach"),
    }
    ids["contact_id"] = desk.made("/outreach-contacts", met)["items"][0]["id"]


def _case(family: Family) -> None:
    mentor, mark, ids = family["mentor"], family.mark, family.ids
    case = {
        "program": "child_and_family_services",
        "title": mark("case"),
        "role": "learning_mentor",
        "expertise": mark("case"),
        "members": [
            {"person_id": ids["person_id"], "relation": "young_person"},
            {"person_id": ids["relative_id"], "relation": "mother"},
        ],
    }
    made = mentor.made("/cases", case)
    ids["case_id"], ids["membership_id"] = made["id"], made["team"][0]["id"]
    ids["member_id"] = made["members"][0]["id"]
    contact = {
        "person_id": ids["person_id"],
        "took_place_at": NOW,
        "means": "in_person",
        "place": mark("notes"),
        "in_community": True,
        "length_minutes": 30,
        "note": mark("notes"),
    }
    mentor.made(f"/cases/{ids['case_id']}/contacts", contact)


def _consents(family: Family) -> None:
    ids, mark, mentor = family.ids, family.mark, family["mentor"]
    categories = ["family", "housing", "health", "education"]
    mine = f"worker:{mentor.subject}"
    ids["assessment_consent_id"] = family.consents("mentor", mine, categories, ["assessment", "care"])
    ids["consent_id"] = family.consents(
        "mentor", f"worker:{family['recipient'].subject}", ["housing"], ["care", "assessment"]
    )
    representative = {
        "person_id": ids["person_id"],
        "name": mark("consent"),
        "relationship": mark("consent"),
        "authority": "chosen",
        "evidence": mark("consent"),
    }
    ids["representative_id"] = mentor.made("/representatives", representative)["id"]
    decided = {
        "person_id": ids["person_id"],
        "kind": "advance_directive",
        "made_on": SINCE,
        "says": mark("consent"),
        "evidence": mark("consent"),
        "witnesses": [mark("consent")],
    }
    taken_back = {
        "person_id": ids["person_id"],
        "recipient": "organisation:nowhere",
        "reason": mark("consent"),
    }
    ids["withdrawal_id"] = mentor.made("/withdrawals", taken_back)["id"]
    ids["prior_decision_id"] = mentor.made("/prior-decisions", decided)["id"]
    capacity = {
        "person_id": ids["person_id"],
        "findings": [
            {"domain": domain, "finding": "able", "observed": mark("consent")}
            for domain in ("personal_safety", "basic_services", "consequences")
        ],
    }
    ids["capacity_assessment_id"] = mentor.made("/capacity-assessments", capacity)["id"]


def _plan(family: Family) -> None:
    ids, mark, mentor = family.ids, family.mark, family["mentor"]
    case = f"/cases/{ids['case_id']}"
    mentor.made(
        f"{case}/plan", {"strengths": mark("plan"), "needs": mark("plan"), "involvement": mark("plan")}
    )
    goal = {"wish": mark("plan"), "measure": mark("plan"), "target_on": SOON}
    ids["goal_id"] = mentor.made(f"{case}/plan/goals", goal)["id"]
    action = {"description": mark("plan"), "owner": mentor.subject, "due_on": SOON, "goal_id": ids["goal_id"]}
    ids["action_id"] = mentor.made(f"{case}/plan/actions", action)["id"]
    meeting = {
        "held_at": NOW,
        "place": mark("plan"),
        "attendees": [{"worker": mentor.subject}],
        "decisions": [mark("plan")],
    }
    ids["meeting_id"] = mentor.made(f"{case}/meetings", meeting)["id"]


def _assessment(family: Family) -> None:
    ids, mark, mentor = family.ids, family.mark, family["mentor"]
    form = {
        "person_id": ids["person_id"],
        "form": "common_assessment",
        "consent_id": ids["assessment_consent_id"],
        "answers": [
            {"question": "housing.rent", "choice": "arrears", "text": mark("housing")},
            {"question": "health.family.needs", "text": mark("health")},
            {"question": "family.strengths", "text": mark("familyanswer")},
        ],
    }
    ids["assessment_id"] = mentor.made(f"/cases/{ids['case_id']}/assessments", form)["id"]


def _directory(family: Family) -> None:
    ids, mark, feed = family.ids, family.mark, family["feed"]
    accredited = {
        "name": f"Records of {RUN}",
        "organisations": [CLINIC, CARERS],
        "sectors": ["mental_health", "voluntary"],
        "valid_from": SINCE,
        "valid_until": SOON,
    }
    family["privacy"].made(f"/accredited-systems/{feed.subject}", accredited, method="PUT")
    ids["system"] = feed.subject
    clinic = {"name": "Clinic", "sector": "mental_health", "concealed_as": "health", "phone": "250 555 0150"}
    feed.made(f"/agencies/{CLINIC}", clinic, method="PUT")
    feed.made(f"/agencies/{CARERS}", {"name": "Carers", "sector": "voluntary"}, method="PUT")
    helper = {"organisation": CLINIC, "name": "Therapist", "title": "Therapist", "phone": "250 555 0151"}
    feed.made(f"/practitioners/therapist-{RUN}", helper, method="PUT")
    involved = {"person_id": ids["person_id"], "role": "therapist", "since": SINCE}
    concealed = {
        **involved,
        "reference": mark("concealed"),
        "organisation": CLINIC,
        "worker": f"therapist-{RUN}",
    }
    feed.made("/involvements", concealed)
    shown = {**involved, "reference": f"shown-{family.name}{RUN}", "organisation": CARERS, "role": "group"}
    ids["involvement_id"] = feed.made("/involvements", shown)["id"]
    dispute = {"involvement_id": ids["involvement_id"], "says": mark("dispute")}
    ids["dispute_id"] = family["desk"].made(f"/directory/{ids['person_id']}/disputes", dispute)["id"]
    message = {"person_id": ids["person_id"], "message": mark("mediation"), "reach_me_by": mark("mediation")}
    ids["request_id"] = family["mentor"].made("/mediation-requests", message)["id"]
    contacts = eventually(
        "a mediator is told whom it concerns",
        lambda: family["mediator"].made_of(f"/mediations/{ids['request_id']}")["contacts"] or None,
    )
    ids["mediation_contact_id"] = contacts[0]["id"]
    _upload(family)


def _upload(family: Family) -> None:
    """A file that names her, and somebody who cannot be told for certain."""
    rows = [
        "reference,person_id,organisation,worker,role,since",
        f"up-{family.name}{RUN},{family.ids['person_id']},{CARERS},,group,{SINCE}",
    ]
    content = "\n".join([*rows, ""]).encode()
    declared = {
        "name": family.mark("upload"),
        "size": len(content),
        "rows": len(rows) - 1,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    feed = family["feed"]
    made = feed.made("/involvement-uploads", declared)
    path = f"/involvement-uploads/{made['id']}"
    put = feed.ask("PUT", f"{path}/parts/1", headers={"Content-Type": "text/csv"}, content=content)
    assert put.ok, put.text
    feed.made(f"{path}/complete")
    eventually("the file is worked on", lambda: feed.made_of(path)["state"] == "done" or None)
    family.ids["upload_id"] = made["id"]


def _money(family: Family) -> None:
    ids, mark = family.ids, family.mark
    ids["provider_id"] = _provider(family, "carers", CARERS)
    ids["other_provider_id"] = _provider(family, "rivals", RIVALS)
    issued = {
        "provider_id": ids["provider_id"],
        "person_id": ids["person_id"],
        "service": "help_at_home",
        "unit": "hour",
        "rate": "38.5000",
        "units": "40.00",
        "starts_on": SINCE,
        "ends_on": SOON,
    }
    contracts, carers = family["contracts"], family["carers-worker"]
    ids["authorisation_id"] = contracts.made("/authorisations", issued)["id"]
    invoices = []
    for number in ("a", "b"):
        invoice = {
            "provider_id": ids["provider_id"],
            "number": f"{number}{mark('invoice')}",
            "starts_on": SINCE,
            "ends_on": str(TODAY),
            "lines": [
                {
                    "authorisation_id": ids["authorisation_id"],
                    "served_on": str(TODAY - timedelta(days=2 + len(invoices))),
                    "units": "2.00",
                }
            ],
        }
        invoices.append(carers.made("/invoices", invoice)["id"])
    ids["invoice_id"], ids["paid_invoice_id"] = invoices
    carers.made(f"/invoices/{ids['paid_invoice_id']}/submission")
    family["approver"].made(f"/invoices/{ids['paid_invoice_id']}/approval")
    ids["payment_id"] = family["releaser"].made("/payments", {"invoice_id": ids["paid_invoice_id"]})["id"]


_PROVIDERS: dict[str, str] = {}


def _provider(family: Family, name: str, organisation: str) -> str:
    """An approved provider; the same for every family."""
    if name in _PROVIDERS:
        return _PROVIDERS[name]
    asked = {
        "organisation": organisation,
        "legal_name": f"Group {organisation}",
        "services": ["help_at_home"],
        "terms_accepted": "terms-2026",
    }
    provider = family[f"{name}-admin"].made("/providers", asked)["id"]
    family["contracts"].made(f"/providers/{provider}/approval", {})
    user = {"account": family[f"{name}-worker"].subject, "roles": ["provider_user"]}
    family[f"{name}-admin"].made(f"/providers/{provider}/users", user)
    _PROVIDERS[name] = str(provider)
    return _PROVIDERS[name]


def _oversight(family: Family) -> None:
    ids, mark, privacy = family.ids, family.mark, family["privacy"]
    hold = {"kind": "person", "record_id": ids["person_id"], "because": "coroner", "reference": "REF-1"}
    ids["hold_id"] = privacy.made("/audit/holds", hold)["id"]
    emergency = {
        "person_id": ids["person_id"],
        "categories": ["identity"],
        "reason": mark("emergency"),
        "hours": 1,
    }
    begun = family["social-worker"].made("/emergency-accesses", emergency)
    ids["emergency_id"] = begun["id"]
    family["social-worker"].made(f"/emergency-accesses/{begun['id']}/end")
    listed = eventually(
        "the emergency raises an alert",
        lambda: privacy.made_of("/alerts", person_id=ids["person_id"])["items"] or None,
    )
    ids["alert_id"] = listed[0]["id"]
    entries = eventually(
        "accesses are in the log",
        lambda: family["auditor"].made_of("/audit/entries", person_id=ids["person_id"])["items"] or None,
    )
    ids["audit_entry_id"] = entries[0]["entry"]["entry_id"]


def shared(cast: dict[str, Actor]) -> dict[str, str]:
    """What belongs to no family: a service of the directory, an import, a competence, an agreement."""
    keeper, ids = cast["contracts"], {}
    begun = keeper.made("/service-imports", {"source": f"s{RUN}", "absent": "keep"})
    ids["import_id"] = begun["id"]
    service = {
        "id": str(uuid5(NAMESPACE_URL, RUN)),
        "name": f"Shed {RUN}",
        "status": "active",
        "organization": {
            "id": str(uuid5(NAMESPACE_URL, f"o{RUN}")),
            "name": "Sheds",
            "description": "Sheds.",
        },
    }
    keeper.made(f"/service-imports/{begun['id']}/parts", {"content": {"services": [service]}})
    keeper.made(f"/service-imports/{begun['id']}/end")
    ids["service_id"] = keeper.made_of("/services", words=f"Shed {RUN}")["items"][0]["id"]
    proposed = cast["mentor"].made(
        f"/services/{ids['service_id']}/corrections", {"said": "Another telephone."}
    )
    ids["correction_id"] = proposed["id"]
    competence = {"competence": "screening", "evidence": "Paper", "worker": cast["desk"].subject}
    ids["competence_id"] = cast["manager"].made("/competences", competence)["id"]
    agreement = {
        "kind": "memorandum",
        "title": "Partners",
        "organisations": [OWN, OTHER],
        "categories": ["housing"],
        "purposes": ["care"],
        "evidence": "File 1",
        "signed_on": SINCE,
    }
    ids["agreement_id"] = cast["privacy"].made("/agreements", agreement)["id"]
    return ids


@cache
def everybody() -> dict[str, Actor]:
    """The cast of this run."""
    return cast()


@cache
def the_family() -> Family:
    """The family of this run whom anybody with a grant reaches, with what belongs to no family among its ids."""
    family = built("hers", everybody(), account="client")
    family.ids |= shared(everybody())
    # Of these there is none in this world: an id that nobody has.
    family.ids |= {
        "held_row_id": "00000000-0000-4000-8000-000000000001",
        "restriction_id": "00000000-0000-4000-8000-000000000002",
    }
    return family


def document() -> dict[str, Any]:
    """The published document."""
    found: dict[str, Any] = requests.get(f"{os.environ['ICM_BASE_URL']}/openapi.json", timeout=10).json()
    return found
