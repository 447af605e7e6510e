"""What is recorded of a family by those who work with it, made through HTTP: from the front door to the assessment."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.security.family import NOW, PROGRAM, SINCE, SOON, TODAY, Family
from tests.security.sign_ins import RUN


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
    # Of somebody who takes no part: whoever ends it changes nothing for the others.
    ended = {"account": f"aunt-of-{family.name}-{RUN}", "relation": "carer"}
    ids["account_link_id"] = _newest(desk.made(f"/people/{ids['person_id']}/accounts", ended))
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
    ids["note_id"] = mentor.made(f"/cases/{ids['case_id']}/contacts", contact)["id"]


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


PARTS = (_people, _referral, _case, _consents, _plan, _assessment)
