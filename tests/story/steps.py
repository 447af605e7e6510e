"""The case study, step by step, through HTTP only: a girl of 15, her mother, and those who help.

Each step does what its people do, holds the platform to what the story says, and returns a line that tells of it.
The people are the demo sign-ins of the development sign-in; each run of the story is about a family of its own.
"""

from __future__ import annotations

from datetime import date, timedelta
from time import monotonic
from typing import Any

from tests.story.client import Answer, Person, StoryBroken
from tests.story.money import provider_on_board
from tests.story.proofs import verified_offline
from tests.story.scene import ANSWERS, CONTENT, Story, hold, the_scene


def the_mentor_looks_her_up(story: Story) -> str:
    """Step 1: contact details of who is involved, and nothing of the case."""
    search = {"name": f"Girl {story.run}", "born_on": str(story.born_on)}

    def listed() -> dict[str, Any] | None:
        found = story["mentor"].post("/directory/searches", search).expect().body["items"]
        known = {each["agency"]["organisation"] for entry in found for each in entry["involvements"]}
        return found[0] if known >= {"social-care", "youth-service"} else None

    entry = story.platform.until("the directory shows both agencies", listed)
    ended = [each for each in entry["involvements"] if each["agency"]["organisation"] == "social-care"]
    present = [each for each in entry["involvements"] if each["agency"]["organisation"] == "youth-service"]
    hold(all(each["until"] for each in ended), "social care is listed as ended")
    hold(all(each["until"] is None for each in present), "the youth service is listed as present")
    hold(all(each["agency"]["phone"] for each in entry["involvements"]), "each agency can be reached")
    hold("case" not in str(sorted(entry)) and story.case not in str(entry), "nothing of the case is shown")
    story["mentor"].get(f"/cases/{story.case}").expect(403, code="access_denied")
    story["mentor"].get(f"/people/{story.girl}").expect(403)
    return (
        "1. The mentor looks the girl up: social care (ended, still listed) and the youth service, how to reach them,"
        " nothing of the case."
    )


def the_girl_agrees_that_they_talk(story: Story) -> str:
    """Step 2: consent, with who explained it and what it means."""
    asked = {
        "person_id": story.girl,
        "recipient": "worker:mentor",
        "categories": ["family", "caring"],
        "purposes": ["coordination"],
    }
    meant = story["mentor"].post("/consents/previews", asked).expect().body
    hold(
        {each["code"] for each in meant["opens"]} == {"family", "caring"}, "what it opens is told beforehand"
    )
    consent = story.consent(
        "talking",
        recorder="mentor",
        to="worker:mentor",
        categories=["family", "caring"],
        purposes=["coordination"],
    )
    kept = story["mentor"].get(f"/consents/{consent}").expect().body
    hold(kept["explanation"]["explained_by"] == "mentor", "who explained it is on record")
    hold(kept["explanation"]["refusal_explained"], "what refusing means was explained too")

    def hers() -> bool | None:
        answer = story["girl"].get("/consents", person_id=story.girl)
        return True if answer.good and consent in {each["id"] for each in answer.body["items"]} else None

    story.platform.until("the girl sees her consent at her own sign-in", hers)
    return "2. The girl agrees that the mentor may talk to both; who explained it, and what it means, is on record."


def the_common_assessment(story: Story) -> str:
    """Step 3: with consent, and the directory shows that it exists and whom to ask."""
    consent = story.consent(
        "assessment",
        recorder="mentor",
        to="worker:mentor",
        categories=CONTENT,
        purposes=["assessment", "care"],
    )
    joining = {
        "worker": "mentor",
        "organisation": "school",
        "standing": "staff",
        "role": "learning_mentor",
        "introduced_on": str(story.today),
    }
    story["youth-worker"].post(f"/cases/{story.case}/team", joining).expect()
    form = {"person_id": story.girl, "form": "common_assessment", "answers": ANSWERS}
    without = story["mentor"].post(
        f"/cases/{story.case}/assessments", {**form, "consent_id": story.consents["talking"]}
    )
    without.expect(409, code="consent_missing")

    def recorded() -> str | None:
        answer = story["mentor"].post(f"/cases/{story.case}/assessments", {**form, "consent_id": consent})
        if answer.code in ("consent_missing", "consent_not_current"):
            return None
        return str(answer.expect().body["id"])

    story.assessment = story.platform.until("the consent has reached the case work", recorded)

    def told() -> dict[str, Any] | None:
        listed = story.directory()["common_assessments"]
        return listed[0] if listed else None

    listed = story.platform.until("the directory shows the assessment", told)
    hold(listed["practitioner"]["worker"] == "mentor", "the directory says whom to ask")
    hold("answers" not in str(listed), "the directory says nothing of its content")
    return (
        "3. With the girl's consent the mentor records the common assessment; the directory shows that one exists,"
        " and whom to ask."
    )


def the_family_team_meeting(story: Story) -> str:
    """Step 4: actions and owners; the mentor becomes lead at the girl's request; the review is on a clock."""
    for joining in (
        {
            "worker": "housing-officer",
            "organisation": "housing",
            "standing": "staff",
            "role": "housing_officer",
        },
        {"worker": "girl", "standing": "client", "role": "young_person"},
        {"worker": "mother", "standing": "relative", "role": "mother"},
    ):
        story["youth-worker"].post(f"/cases/{story.case}/team", joining).expect()
    held_at = story.case_file("mentor").body["opened_at"]
    meeting = {
        "held_at": held_at,
        "place": "School, room 4",
        "attendees": [
            {"worker": "mentor"},
            {"worker": "youth-worker"},
            {"worker": "housing-officer"},
            {"person_id": story.girl},
            {"person_id": story.mother},
        ],
        "decisions": ["The girl wants the mentor to lead, and the team agrees."],
        "actions": [
            _action("mentor", "Contact adult social care", due=story.today + timedelta(days=14)),
            _action("youth-worker", "Find a young carers' group", due=story.today + timedelta(days=7)),
            _action("housing-officer", "Agree a plan for the arrears", due=story.today + timedelta(days=21)),
        ],
    }
    held = story["mentor"].post(f"/cases/{story.case}/meetings", meeting).expect().body
    story.actions = {each["owner"]: each["id"] for each in held["actions"]}
    review = date.fromisoformat(held["next_review_on"])
    hold(89 <= (review - date.fromisoformat(held_at[:10])).days <= 93, "the review is three months away")

    case = story.case_file("youth-worker")
    mentor = next(each["id"] for each in case.body["team"] if each["worker"] == "mentor")
    change = {"membership_id": mentor, "asked_by": "client", "reason": "The girl asked for it."}
    lead = story["youth-worker"].put(f"/cases/{story.case}/lead", change, if_match=case.etag).expect().body
    hold((lead["lead"]["worker"], lead["lead"]["asked_by"]) == ("mentor", "client"), "the mentor leads")
    hold([each["worker"] for each in lead["leads"]] == ["youth-worker", "mentor"], "the history is kept")
    stale = story["youth-worker"].put(f"/cases/{story.case}/lead", change, if_match=case.etag)
    hold(stale.status in (409, 412), "a lead changed meanwhile is not changed by mistake")

    def shown() -> bool | None:
        leads = [each for each in story.directory()["involvements"] if each["lead"]]
        return True if [each["practitioner"]["worker"] for each in leads] == ["mentor"] else None

    story.platform.until("the directory shows who leads", shown)
    plan = story["girl"].get(f"/cases/{story.case}/plan").expect().body
    hold({each["owner"] for each in plan["actions"]} == set(story.actions), "the girl reads who does what")
    return (
        "4. The family and its team meet: three actions with owners, the mentor leads at the girl's request,"
        f" the review is due on {review}."
    )


def need_to_know(story: Story) -> str:
    """Step 5: the youth worker reads once the girl consents; the housing officer reads the housing part."""
    assessment = f"/assessments/{story.assessment}"
    refused = story["youth-worker"].get(assessment).expect(403, code="access_denied")
    why = story["youth-worker"].get("/why/cases", kind="assessment", id=story.assessment).expect().body
    hold(why["permitted"] is False, "why says that no grant opens it")

    def entry() -> dict[str, Any] | None:
        found = story["auditor"].get("/audit/entries", actor="youth-worker", outcome="denied", limit=50)
        entries = [each["entry"] for each in found.expect().body["items"]]
        return next((each for each in entries if each["trace_id"] == refused.trace_id), None)

    denied = story.platform.until("the refusal is in the audit log", entry)
    hold(
        denied["reason"] == "access_denied" and story.girl in denied["persons"], "the entry says whose record"
    )

    story.consent("youth-worker", recorder="girl", to="worker:youth-worker", categories=CONTENT)
    opened = story.platform.until(
        "the youth worker reads the assessment", lambda: _once_permitted(story["youth-worker"], assessment)
    )
    hold(len(opened.body["answers"]) == len(ANSWERS) and not opened.body["withheld"], "he reads all of it")
    why = story["youth-worker"].get("/why/cases", kind="assessment", id=story.assessment).expect().body
    hold("consent" in {each["basis"] for each in why["grants"] if each["counts"]}, "why names her consent")
    _report_progress(story, "youth-worker", "A group nearby has a place for her.")

    story.consent("housing", recorder="girl", to="worker:housing-officer", categories=["housing"])
    part = story.platform.until(
        "the housing officer reads the housing part",
        lambda: _once_permitted(story["housing-officer"], assessment),
    )
    hold({each["category"] for each in part.body["answers"]} == {"housing"}, "only the housing part is shown")
    hold(part.body["withheld"] == sorted(set(CONTENT) - {"housing"}), "the rest is named as withheld")
    return (
        "5. The youth worker is refused (403, in the log, explained); the girl consents, he reads and reports on his"
        f" action. The housing officer sees housing; withheld: {', '.join(part.body['withheld'])}."
    )


def help_at_home(story: Story) -> str:
    """Step 6: service authorisation, invoice, checks, approval and release by two people, the payment date."""
    provider = provider_on_board(story.platform)
    story.consent(
        "carers",
        recorder="girl",
        to="organisation:young-carers",
        categories=["identity", "caring"],
    )
    wanted = {
        "provider_id": provider,
        "person_id": story.girl,
        "case_id": story.case,
        "service": "help_at_home",
        "unit": "hour",
        "rate": "38.5000",
        "units": "40.00",
        "starts_on": str(story.today - timedelta(days=14)),
        "ends_on": str(story.today + timedelta(days=90)),
    }

    def issued() -> str | None:
        answer = story["contracts-officer"].post("/authorisations", wanted)
        return None if answer.status in (404, 409) else str(answer.expect().body["id"])

    story.authorisation = story.platform.until("the case is known to the portal", issued)
    group = story["carers-worker"]
    known = story.platform.until(
        "the group learns whom to help",
        lambda: (
            answer.body.get("person_id")
            if (answer := group.get(f"/authorisations/{story.authorisation}")).good
            else None
        ),
    )
    hold(known == story.girl, "with her consent the group knows whom to help")
    helped = story.platform.until(
        "the group reads the caring part", lambda: _once_permitted(group, f"/assessments/{story.assessment}")
    )
    hold(
        {each["category"] for each in helped.body["answers"]} == {"caring"}, "the group reads the caring part"
    )

    day = story.today - timedelta(days=3)
    invoice = {
        "provider_id": provider,
        "number": f"2-{story.run}",
        "starts_on": str(day),
        "ends_on": str(day + timedelta(days=1)),
        "lines": [
            {"authorisation_id": story.authorisation, "served_on": str(day), "units": "2.50"},
            {
                "authorisation_id": story.authorisation,
                "served_on": str(day + timedelta(days=1)),
                "units": "3.00",
            },
        ],
    }
    drafted = group.post("/invoices", invoice).expect().body
    hold(drafted["total"] == "211.75", "5.5 hours at 38.50 are 211.75, exactly")
    checked = group.post(f"/invoices/{drafted['id']}/submission").expect().body
    hold(checked["state"] == "checked", f"the invoice passes its checks, not {checked.get('hold_reasons')}")
    group.post(f"/invoices/{drafted['id']}/approval").expect(403)
    story["finance-approver"].post(f"/invoices/{drafted['id']}/approval").expect()
    release = {"invoice_id": drafted["id"]}
    story["finance-approver"].post("/payments", release).expect(403)
    story["finance-releaser"].post("/payments", release).expect()
    payments = group.get("/payments", limit=100).expect().body["items"]
    mine = next((each for each in payments if each["invoice_id"] == drafted["id"]), None)
    if mine is None:
        raise StoryBroken("the group sees its payment")
    hold(
        mine["pay_on"] >= str(story.today) and mine["approved_by"] != mine["released_by"],
        "two people, a date",
    )
    return (
        f"6. The young carers' group helps at home and invoices {mine['amount']} {mine['currency']}: checked,"
        f" approved by one person, released by another; it is paid on {mine['pay_on']}."
    )


def the_girl_withdraws(story: Story) -> str:
    """Step 7: the next request of the group is refused, in under a second."""
    group, assessment = story["carers-worker"], f"/assessments/{story.assessment}"
    group.get(assessment).expect()
    story["girl"].post(f"/consents/{story.consents['carers']}/withdrawal").expect()
    withdrawn = monotonic()

    def refused() -> float | None:
        return monotonic() - withdrawn if group.get(assessment).status == 403 else None

    story.refused_after_s = story.platform.until("the group is refused", refused, within_s=5.0)
    hold(story.refused_after_s < 1.0, f"refused in under a second, not after {story.refused_after_s:.2f} s")

    def whom_forgotten() -> bool | None:
        seen = group.get(f"/authorisations/{story.authorisation}").expect().body
        return True if "person_id" not in seen and "identity" in seen["withheld"] else None

    story.platform.until("the portal no longer says whom the group helped", whom_forgotten, within_s=5.0)
    return (
        "7. The girl withdraws her consent for the group: its next request is refused,"
        f" {story.refused_after_s * 1000:.0f} ms later."
    )


def the_auditor_has_seen_it(story: Story) -> str:
    """Step 8: every step was on the stream; the log verifies offline; the girl reads who opened her record."""
    listener = story.listener
    if listener is None:
        raise StoryBroken("nobody has listened to the stream")
    done = set(story.platform.traces)
    story.platform.until(
        "the auditor has heard of every request",
        lambda: True if done <= listener.traces else None,
        within_s=30.0,
    )
    listener.stop()
    story.verdict = verified_offline(story["auditor"], folder=story.folder, public_key=story.public_key)
    hold(story.verdict.sound, f"the log verifies offline; the verifier says: {story.verdict.said}")

    def reported() -> list[dict[str, Any]] | None:
        return _whole_report(story) if _everybody(_whole_report(story)) else None

    story.report = story.platform.until("the girl's report names everybody", reported, within_s=30.0)
    refusals = [each for each in story.report if each["outcome"] == "denied"]
    hold(any(each["worker"] == "youth-worker" for each in refusals), "refused attempts are in the report too")
    opened = [each for each in story.report if each["outcome"] == "permitted" and each["action"] != "system"]
    hold(
        all(each["basis"] or each["action"] == "write" for each in opened if each["categories"]),
        "each says why",
    )
    who = sorted({each["worker"] for each in story.report})
    return (
        f"8. The auditor has seen every step on the stream; {story.verdict.entries} entries verify offline; the"
        f" girl's report names {len(who)} who opened her record, and why: {', '.join(who)}."
    )


STEPS = (
    the_scene,
    the_mentor_looks_her_up,
    the_girl_agrees_that_they_talk,
    the_common_assessment,
    the_family_team_meeting,
    need_to_know,
    help_at_home,
    the_girl_withdraws,
    the_auditor_has_seen_it,
)


def _action(owner: str, what: str, *, due: date) -> dict[str, str]:
    return {"owner": owner, "description": what, "due_on": str(due)}


def _once_permitted(reader: Person, path: str) -> Answer | None:
    answer = reader.get(path)
    return None if answer.status == 403 else answer.expect()


def _report_progress(story: Story, owner: str, progress: str) -> None:
    """The owner of an action says how it stands; somebody else may not."""
    action = f"/actions/{story.actions[owner]}"
    plan = story[owner].get(f"/cases/{story.case}/plan").expect().body
    version = next(each["version"] for each in plan["actions"] if each["id"] == story.actions[owner])
    update = {"status": "under_way", "progress": progress}
    story["housing-officer"].patch(action, update, if_match=f'"{version}"').expect(
        403, code="not_your_action"
    )
    done = story[owner].patch(action, update, if_match=f'"{version}"').expect().body
    hold(done["status"] == "under_way", "he reports on his action")


def _whole_report(story: Story) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 100}
    while True:
        page = story["girl"].get(f"/people/{story.girl}/access-report", **query).expect().body
        items += page["items"]
        if not page["next_cursor"]:
            return items
        query["cursor"] = page["next_cursor"]


def _everybody(report: list[dict[str, Any]]) -> bool:
    return {each["worker"] for each in report} >= {
        "mentor",
        "youth-worker",
        "housing-officer",
        "carers-worker",
    }
