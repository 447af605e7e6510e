"""Bodies that would be carried out as they stand, so that whatever is swapped in them is what is refused."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.security.bodies import Path
from tests.security.family import NOW, SINCE, SOON, TODAY, Family
from tests.security.sign_ins import RUN

_PERSON = {
    "names": [{"kind": "alias", "given": "Somebody"}],
    "contact_points": [{"kind": "phone", "value": "250 555 0178", "safe_to_contact": False}],
    "addresses": [{"kind": "home", "street": "Hill Road", "safe_to_send_mail": False}],
}
_SHOWN = {"recipient": f"worker:nobody-{RUN}", "categories": ["housing"], "purposes": ["care"]}


def good_body(family: Family, operation: str, member: Path) -> dict[str, Any] | None:
    """A good body for an operation of which the schema alone tells too little, in which that member makes sense."""
    body = _bodies(family).get(operation)
    if body is None:
        return None
    if "person" in member:
        # A person is named or told of anew.
        told = {"person": _PERSON}
        if "persons" in body:
            return {**body, "persons": [told]}
        return {**{name: value for name, value in body.items() if name != "person_id"}, **told}
    if member == ("attendees", "*", "person_id"):
        return {**body, "attendees": [{}]}
    if member == ("amends",):
        return {**body, "reason_for_amending": "a slip"}
    return body


def _bodies(family: Family) -> dict[str, dict[str, Any]]:
    ids = family.ids
    parts = (_at_the_door, _in_casework, _of_consent, _of_money, _of_the_house)
    return {
        f"{method} /api/v1{path}": body
        for part in parts
        for (method, path), body in part(family, ids["person_id"]).items()
    }


Told = dict[tuple[str, str], dict[str, Any]]


def _at_the_door(family: Family, person: str) -> Told:
    ids = family.ids
    asked = {"person_id": person, "source": "professional", "reason": "alone"}
    finding = {"criterion": "child_or_youth", "finding": "met", "reason": "told"}
    answer = {"fact": "age", "value": "15"}
    involved = {"person_id": person, "role": "group", "since": SINCE, "organisation": family.carers}
    return {
        ("POST", "/people"): _PERSON,
        ("PATCH", "/people/{person_id}"): _PERSON,
        ("POST", "/people/{person_id}/relationships"): {"kind": "sibling", "other_id": ids["other_record_id"]},
        ("POST", "/people/comparisons"): {"person_ids": [person, ids["relative_id"]]},
        ("POST", "/referrals"): {**asked, "program": "income_assistance", "referrers": [{"name": "Police"}]},
        ("POST", "/referrals/requests"): {
            "persons": [{"person_id": person}],
            "programs": [{"program": "employment_program"}],
            "source": "professional",
            "reason": "alone",
            "referrers": [{"name": "Police"}],
        },
        ("POST", "/referrals/{referral_id}/joining"): {"other_id": ids["refused_referral_id"]},
        ("POST", "/referrals/{referral_id}/referrers"): {"name": "Police", "phone": "250 555 0179"},
        ("POST", "/referrals/{referral_id}/explanations"): {
            "told_to": "referrer", "way": "verbal", "words": "why", "referrer_id": ids["referrer_id"],
        },
        ("POST", "/referrals/{referral_id}/links"): {
            "service_id": ids["service_id"], "way": "contact_given",
        },
        ("POST", "/referrals/{referral_id}/screening"): {"findings": [finding], "answers": [answer]},
        ("PATCH", "/referrals/{referral_id}/screening-draft"): {"findings": [finding], "answers": [answer]},
        ("POST", "/outreach-contacts"): {
            "met": [{"person_id": person}], "outcome": "talked", "way": "in_person", "place": "bridge",
        },
        ("POST", "/outreach-contacts/referrals"): {
            "contact_ids": [ids["contact_id"]], "person_id": person, "program": "bus_pass", "reason": "alone",
        },
        ("POST", "/checklists"): {
            "person_id": person,
            "answers": [{"question": ids["question"], "answer": "yes"}],
            "agreement": {"by": "person", "how": "verbal"},
            "present": ["person"],
        },
        ("POST", "/involvements"): {**involved, "reference": f"swapped-{RUN}"},
        ("PUT", "/accredited-systems/{system}"): {
            "name": "Records", "organisations": [family.carers], "sectors": ["voluntary"],
            "valid_from": SINCE, "valid_until": SOON,
        },
    }  # fmt: skip


def _in_casework(family: Family, person: str) -> Told:
    ids, mentor = family.ids, family["mentor"].subject
    case = "/cases/{case_id}"
    member = {"person_id": person, "relation": "young_person"}
    action = {"description": "call", "owner": mentor, "due_on": SOON, "goal_id": ids["goal_id"]}
    return {
        ("POST", "/cases"): {
            "program": "child_and_family_services", "role": "learning_mentor", "members": [member],
        },
        ("POST", f"{case}/members"): {"person_id": ids["other_record_id"], "relation": "sibling"},
        ("PUT", f"{case}/members/{{member_id}}/kept-from"): {
            "kept_from": [ids["relative_id"]], "reason": "asked for",
        },
        ("PUT", f"{case}/visibility"): {
            "kind": "goal", "item_id": ids["goal_id"], "reason": "asked for", "about": [], "shown_to": [],
        },
        ("POST", f"{case}/team"): {"worker": f"aunt-{uuid4().hex}", "role": "aunt", "standing": "relative"},
        ("PUT", f"{case}/lead"): {"membership_id": ids["membership_id"], "asked_by": "team"},
        ("POST", f"{case}/meetings"): {
            "held_at": NOW, "place": "school", "attendees": [{"worker": mentor}], "actions": [action],
            "further_decisions": [{"words": "meet again"}],
        },
        ("POST", f"{case}/contacts"): {
            "person_id": person, "took_place_at": NOW, "means": "in_person", "place": "home",
            "in_community": True, "length_minutes": 10,
        },
        ("POST", f"{case}/assessments"): {
            "person_id": person, "form": "common_assessment", "consent_id": ids["assessment_consent_id"],
            "answers": [{"question": "family.strengths", "text": "many"}],
        },
        ("POST", f"{case}/plan/actions"): action,
        ("POST", f"{case}/plan/goals"): {"wish": "peace", "measure": "told", "target_on": SOON},
        ("POST", f"{case}/plan/sections"): {"section": "safety", "words": "a plan"},
        ("POST", "/previews/cases"): {"person_id": person, **_SHOWN},
        ("POST", "/previews/intake"): {"person_id": person, **_SHOWN},
        ("POST", "/previews/portal"): {"person_id": person, **_SHOWN},
    }  # fmt: skip


def _of_consent(family: Family, person: str) -> Told:
    ids = family.ids
    explained = {"text": "what it means", "refusal_explained": True}
    stood_for = {"capacity": "substitute", "representative_id": ids["representative_id"]}
    finding = [
        {"domain": domain, "finding": "able", "observed": "seen"}
        for domain in ("personal_safety", "basic_services", "consequences")
    ]
    return {
        ("POST", "/consents"): {
            "person_id": person, **_SHOWN, "form": "verbal", "explanation": explained, "given_by": stood_for,
        },
        ("POST", "/consents/previews"): {"person_id": person, **_SHOWN},
        ("POST", "/consents/{id}/withdrawal"): {"given_by": stood_for},
        ("POST", "/withdrawals"): {
            "person_id": person, "recipient": "organisation:nowhere", "given_by": stood_for,
        },
        ("POST", "/prior-decisions"): {
            "person_id": person, "kind": "representation_agreement", "made_on": SINCE, "says": "what she wants",
            "evidence": "paper", "representative_id": ids["representative_id"],
            "rules": [{"effect": "permit", "categories": ["housing"]}],
        },
        ("POST", "/capacity-assessments"): {"person_id": person, "findings": finding},
        ("POST", "/emergency-accesses"): {
            "person_id": person, "categories": ["identity"], "reason": "found hurt in the street at night", "hours": 1,
        },
    }  # fmt: skip


def _of_money(family: Family, person: str) -> Told:
    ids = family.ids
    invoice = {
        "number": uuid4().hex,
        "starts_on": SINCE,
        "ends_on": str(TODAY),
        "lines": [{"authorisation_id": ids["authorisation_id"], "served_on": str(TODAY), "units": "1.00"}],
    }
    return {
        ("POST", "/authorisations"): {
            "provider_id": ids["provider_id"], "person_id": person, "service": "help_at_home", "unit": "hour",
            "rate": "38.5000", "units": "1.00", "starts_on": SINCE, "ends_on": SOON,
        },
        ("POST", "/invoices"): {**invoice, "provider_id": ids["provider_id"]},
        ("PUT", "/invoices/{id}"): {**invoice, "number": uuid4().hex},
    }  # fmt: skip


def _of_the_house(family: Family, person: str) -> Told:
    return {
        ("POST", "/agreements"): {
            "kind": "memorandum", "title": "Partners", "organisations": [f"one-{RUN}", f"two-{RUN}"],
            "categories": ["housing"], "purposes": ["care"], "evidence": "File 2", "signed_on": SINCE,
        },
        ("POST", "/audit/holds"): {
            "kind": "person", "record_id": person, "because": "coroner", "reference": "REF-2",
        },
    }  # fmt: skip
