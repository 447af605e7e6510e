"""A day at the front desk, after the case study and through HTTP only: from the street to a place, or to another door.

Somebody is met under a bridge before anybody asks for help for her; her earlier record is found; she is screened, waits
for a place and takes it up. The assessment of the girl supports a referral of hers, so she tells nothing twice. A man
whom the program is not for is told why and brought to a service that is. An accredited system tells who else helps, and
somebody who must stay unseen is reached through a mediator.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import requests

from tests.story.client import Person
from tests.story.scene import Story, hold

PROGRAM = "employment_program"
CLINIC = "youth-clinic"
ANSWERS = {"may_work_in_canada": "true", "looking": "true", "hours_of_work": "0"}
PATIENCE_S = 60.0
# A program that is never full is as if nobody had counted its places.
PLENTY = 100_000


def met_in_the_street(story: Story) -> str:
    """Step 9: outreach contacts, before there is any referral; then one, with all of them in its history."""
    desk = story["intake-worker"]
    met = [{"alias": f"Reda {story.run}", "description": "Green coat, two bags"}]
    where = {"place": f"Under the bridge {story.run}", "way": "in_person"}
    first = desk.post("/outreach-contacts", {**where, "met": met, "outcome": "declined"}).expect().body
    second = desk.post("/outreach-contacts", {**where, "met": met, "outcome": "talked"}).expect().body
    found = desk.get("/outreach-contacts", place=where["place"], referred="false").expect().body["items"]
    hold(len(found) == 2, "both meetings are found again by their place")
    asked = {
        "contact_ids": [first["items"][0]["id"], second["items"][0]["id"]],
        "person": {
            "names": [{"kind": "alias", "given": "Reda", "family": story.run}],
            "born": {"year": story.today.year - 34, "month": 5, "day": 17},
        },
        "program": PROGRAM,
        "reason": "Wants to work again and does not know how to begin.",
    }
    referral = desk.post("/outreach-contacts/referrals", asked).expect().body
    history = desk.get(f"/referrals/{referral['id']}/history").expect().body
    hold(len(history["outreach"]) == 2, "the meetings are part of the referral's history")
    hold(referral["source"] == "outreach_worker", "an outreach worker asked for her")
    story.day["referral"], story.day["met"] = referral["id"], referral["person_id"]
    return "9. A woman met twice under a bridge asks for help: the meetings become a referral, whose clock starts now."


def found_while_typing(story: Story) -> str:
    """Step 10: her earlier record is found while her name is typed in, with reasons; both are linked."""
    desk = story["intake-worker"]
    born = {"year": story.today.year - 34, "month": 5, "day": 17}
    name = {"given": "Rheda", "family": story.run}

    def earlier() -> dict[str, Any] | None:
        listed = desk.post("/people/candidates", {**name, "born": born}).expect().body["items"]
        return next((each for each in listed if each["id"] == story.day["met"]), None)

    candidate = story.platform.until("her earlier record is found", earlier)
    reasons = {each["field"]: each["level"] for each in candidate["match"]["reasons"]}
    hold("date_of_birth" in reasons, "it says which fields agree")
    told = desk.post("/people", {"names": [{**name, "kind": "legal"}], "born": born}).expect().body
    because = {"other_person_id": story.day["met"], "because": "She told where she was met, and by whom."}
    desk.post(f"/people/{told['id']}/links", because).expect()
    again = {
        "person_id": told["id"],
        "program": PROGRAM,
        "source": "self",
        "reason": "Asks for herself.",
        "priority": "urgent",
    }
    second = desk.post("/referrals", again).expect().body
    hold(second["stage"] == "joined", "a second referral is accepted and joins the first")
    hold(second["joined_to"] == story.day["referral"], "under whichever record she is known")
    first = desk.get(f"/referrals/{story.day['referral']}").expect().body
    hold(first["priority"] == "urgent", "which is as pressing as the second now")
    return "10. Typing her name finds the earlier record, field by field; they are linked, and two referrals are one."


def an_assessment_supports_it(story: Story) -> str:
    """Step 11: the girl's common assessment supports a referral of hers, with her consent."""
    desk = story["intake-worker"]
    asked = {
        "person_id": story.girl,
        "program": "child_and_family_services",
        "source": "professional",
        "reason": "Asked for help at home.",
        "referrers": [{"relation": "learning mentor", "worker": "mentor", "tell_outcome": True}],
    }
    referral = desk.post("/referrals", asked).expect().body
    attach = {"assessment_id": story.assessment}
    desk.post(f"/referrals/{referral['id']}/assessments", attach).expect(403, code="consent_missing")
    story.consent(
        "screening",
        recorder="mentor",
        to="worker:intake-worker",
        categories=["caring", "income"],
        purposes=["intake"],
    )

    def attached() -> dict[str, Any] | None:
        answer = desk.post(f"/referrals/{referral['id']}/assessments", attach)
        return None if answer.status in (403, 404) else answer.expect().body

    support = story.platform.until("her assessment supports the referral", attached)
    attached_now = [each["assessment_id"] for each in support["attached"]]
    hold(attached_now == [story.assessment], "the assessment stands with the referral")
    hold("answers" not in str(support["attached"]), "whom to ask is told, and no answer")
    return "11. The girl agrees that her assessment supports a referral: where to look, whom to ask, no answer of it."


def screened_and_waiting(story: Story) -> str:
    """Step 12: an answer is unknown first, then she is found eligible; the program is full, so she waits."""
    desk, lead = story["intake-worker"], story["team-lead"]
    path = f"/referrals/{story.day['referral']}"
    desk.post(f"{path}/taking").expect()
    reached = {"way": "in_person", "outcome": "reached", "also_present": ["A nurse of the street team"]}
    desk.post(f"{path}/contact-attempts", reached).expect()
    unknown = _answers({**ANSWERS, "looking": None})
    first = desk.post(f"{path}/screening", {"answers": unknown}).expect().body
    hold(first["outcome"] == "unknown", "not knowing is no refusal")

    rules = {"kind": "fixed_places", "offers": "automatic"}
    lead.put(f"/programs/{PROGRAM}/capacity", {**rules, "places": PLENTY}).expect()
    taken = lead.get(f"/programs/{PROGRAM}/capacity").expect().body["occupied"]
    lead.put(f"/programs/{PROGRAM}/capacity", {**rules, "places": taken}).expect()
    decided = desk.post(f"{path}/screening", {"answers": _answers(ANSWERS)}).expect().body
    hold(decided["outcome"] == "eligible", "once it is known she is found eligible")
    waiting = desk.get(f"{path}/waiting").expect().body
    hold(waiting["state"] == "waiting", "the program is full, so she waits in line")
    clocks = {each["kind"]: each["state"] for each in desk.get(path).expect().body["clocks"]}
    hold(clocks["service_contact"] == "paused", "and nobody is late meanwhile")
    story.day["entry"], story.day["places"] = waiting["id"], taken
    return "12. One answer is unknown, then known: she is eligible. The program is full; she waits, her clock rests."


def offered_a_place(story: Story) -> str:
    """Step 13: a place comes free, is offered, and taken up; the program meets her."""
    desk, lead = story["intake-worker"], story["team-lead"]
    path = f"/referrals/{story.day['referral']}"
    rules = {"kind": "fixed_places", "offers": "automatic"}
    lead.put(f"/programs/{PROGRAM}/capacity", {**rules, "places": story.day["places"] + 1}).expect()

    def offered() -> bool | None:
        return True if desk.get(f"{path}/waiting").expect().body["state"] == "offered" else None

    story.platform.until("the free place is offered to her", offered, within_s=PATIENCE_S)
    desk.post(f"{path}/service-contact").expect(409, code="place_not_offered")
    desk.post(f"/wait-list/{story.day['entry']}/offer/acceptance").expect()
    served = desk.post(f"{path}/service-contact").expect().body
    hold(served["stage"] == "in_service", "the program has met her")
    lead.put(f"/programs/{PROGRAM}/capacity", {**rules, "places": PLENTY}).expect()
    return "13. A place comes free and is offered to her; she takes it up, and the program meets her."


def not_the_right_program(story: Story) -> str:
    """Step 14: not eligible is explained, linked to a service of the directory, and followed until confirmed."""
    desk = story["intake-worker"]
    asked = {
        "described": {"description": f"A man of about 60 with a dog, {story.run}"},
        "program": PROGRAM,
        "source": "shelter",
        "reason": "Asks for something to do.",
        "referrers": [{"organisation": "The shelter", "phone": "250 555 0177", "tell_outcome": True}],
    }
    path = f"/referrals/{desk.post('/referrals', asked).expect().body['id']}"
    desk.post(f"{path}/taking").expect()
    desk.post(f"{path}/contact-attempts", {"way": "in_person", "outcome": "reached"}).expect()
    findings = [
        {"criterion": "may_work", "finding": "met", "reason": "Has the papers."},
        {"criterion": "looks_for_work", "finding": "not_met", "reason": "Does not look for paid work."},
    ]
    desk.post(f"{path}/screening", {"findings": findings}).expect()
    told = {"way": "verbal", "words": "The program is for people who look for paid work."}
    desk.post(f"{path}/explanations", {**told, "told_to": "person"}).expect()
    desk.post(f"{path}/explanations", {**told, "told_to": "referrer"}).expect()
    link = {"service_id": _a_service(story), "way": "introduced_in_person"}
    linked = desk.post(f"{path}/links", link).expect().body["links"][0]["id"]

    listed = desk.get("/worklist", owner="me", limit=100).expect().body
    line = next((each for each in listed["items"] if f"/referrals/{each['id']}" == path), None)
    hold(
        line is not None and line["clock"] == "follow_up", "the desk's list says that he is to be asked again"
    )
    check = {"asked": "service", "way": "phone", "found": "met"}
    desk.post(f"/referral-links/{linked}/checks", check).expect()
    done = desk.post(f"/referral-links/{linked}/outcome", {"outcome": "connected"}).expect().body
    hold(done["follow_up_outcome"] == "connected" and done["ended_at"], "it is over once he is in touch")
    hold(all(each["told_by"] for each in done["referrers"]), "and the shelter was told")
    return "14. A man whom the program is not for is told why, brought to a service, and followed until that is sure."


def who_else_helps(story: Story) -> str:
    """Step 15: an accredited system sends a file; a concealed helper is reached through a mediator."""
    feed, mediator = story["directory-feed"], story["directory-mediator"]
    story["privacy-officer"].put("/accredited-systems/directory-feed", story.accreditation(CLINIC)).expect()
    clinic = {"name": "Clinic", "sector": "mental_health", "concealed_as": "health", "phone": "250 555 0150"}
    feed.put(f"/agencies/{CLINIC}", clinic).expect()
    helper = {"organisation": CLINIC, "name": "Therapist", "title": "Therapist", "phone": "250 555 0151"}
    feed.put("/practitioners/therapist", helper).expect()
    since = str(story.today - timedelta(days=90))
    columns = "reference,person_id,organisation,worker,role,since"
    rows = [
        f"clinic-{story.run},{story.girl},{CLINIC},therapist,therapist,{since}",
        f"carers-{story.run},{story.mother},young-carers,,group,{since}",
    ]
    outcome = _uploaded(story, "\n".join([columns, *rows, ""]).encode())
    hold(outcome["state"] == "done" and outcome["applied"] == 2, f"both rows were applied: {outcome}")
    shown = {each["agency"]["organisation"] for each in story.directory("housing-officer")["involvements"]}
    hold(CLINIC not in shown, "who helps in confidence is not shown")

    message = {
        "person_id": story.girl,
        "message": "May I call about a home for the family?",
        "reach_me_by": "250 555 0102",
    }
    asked = story["housing-officer"].post("/mediation-requests", message).expect().body

    def concerned() -> dict[str, Any] | None:
        request = mediator.get(f"/mediations/{asked['id']}")
        return (request.expect().body["contacts"] or [None])[0] if request.good else None

    contact = story.platform.until("a mediator is told whom it concerns", concerned, within_s=PATIENCE_S)
    answer = {"answer": "will_call"}
    mediator.post(f"/mediations/{asked['id']}/contacts/{contact['id']}/answers", answer).expect()
    return "15. A connected system tells who else helps; the one who must stay unseen is reached through a mediator."


STEPS = (
    met_in_the_street,
    found_while_typing,
    an_assessment_supports_it,
    screened_and_waiting,
    offered_a_place,
    not_the_right_program,
    who_else_helps,
)


def _answers(told: dict[str, str | None]) -> list[dict[str, str | None]]:
    return [{"fact": fact, "value": value} for fact, value in told.items()]


def _a_service(story: Story) -> str:
    """A service of the directory, imported as a directory of services tells it."""
    keeper, name = story["contracts-officer"], f"Men's shed {story.run}"
    begun = keeper.post("/service-imports", {"source": "story", "absent": "keep"}).expect().body
    content = {
        "services": [
            {
                "id": str(uuid5(NAMESPACE_URL, name)),
                "name": name,
                "status": "active",
                "organization": {
                    "id": str(uuid5(NAMESPACE_URL, "shed society")),
                    "name": "Shed Society",
                    "description": "A place to be.",
                },
            }
        ]
    }
    keeper.post(f"/service-imports/{begun['id']}/parts", {"content": content}).expect()
    keeper.post(f"/service-imports/{begun['id']}/end").expect()

    def listed() -> str | None:
        found = story["intake-worker"].get("/services", words=story.run).expect().body["items"]
        return str(found[0]["id"]) if found else None

    return story.platform.until("the service is in the directory", listed)


def _uploaded(story: Story, content: bytes) -> dict[str, Any]:
    """A file sent in one part, and what became of it."""
    feed: Person = story["directory-feed"]
    declared = {
        "name": f"{story.run}.csv",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "rows": content.count(b"\n") - 1,
    }
    upload = feed.post("/involvement-uploads", declared).expect().body
    requests.put(
        f"{story.platform.base_url}/api/v1/involvement-uploads/{upload['id']}/parts/1",
        data=content,
        headers={"Authorization": f"Bearer {feed.token}", "Content-Type": "text/csv"},
        timeout=15,
    ).raise_for_status()
    feed.post(f"/involvement-uploads/{upload['id']}/complete").expect()

    def ended() -> dict[str, Any] | None:
        body: dict[str, Any] = feed.get(f"/involvement-uploads/{upload['id']}").expect().body
        return body if body["state"] in ("done", "refused", "cancelled", "expired") else None

    return story.platform.until("the file has been worked on", ended, within_s=PATIENCE_S)
