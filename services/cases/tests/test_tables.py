from __future__ import annotations

import pytest
from sqlalchemy import text

from cases import models
from chassis.migrations import differences
from services.cases.tests.family import CONTENT, YOUTH_WORKER, a_stranger, good

PROTECTED = [model for name in models.__all__ if (model := getattr(models, name)).__protected__ is not None]


def test_models_and_migrations_agree(database):
    with database.owner.connect() as connection:
        assert differences("cases", connection=connection) == []


@pytest.fixture
def a_whole_case(family, call, consent_is_current):
    """One case with at least one row in every table under need-to-know."""
    consent_is_current()
    family.opened_by(YOUTH_WORKER)
    consent_id = family.consents(to="worker:youth-worker", categories=CONTENT)
    good(family.assessed_by(YOUTH_WORKER, consent_id=consent_id))
    for_her = {"about": [str(family.girl)], "shown_to": [str(family.girl)]}
    goal = {"wish": "Time for friends", "measure": "Two afternoons", "target_on": "2026-06-01"}
    action = {"description": "Find a group", "owner": "youth-worker", "due_on": "2026-03-18"}
    contact = {
        "person_id": str(family.girl),
        "took_place_at": "2026-03-03T15:30:00-08:00",
        "means": "telephone",
        "place": "Youth club",
        "in_community": True,
        "length_minutes": 10,
    }
    meeting = {
        "held_at": "2026-03-03T15:30:00-08:00",
        "place": "School",
        "attendees": [{"worker": "youth-worker"}],
        "decisions": ["The youth worker leads."],
    }
    for door, said in {
        "draw_up_plan": {"needs": "Help at home"},
        "add_goal": goal,
        "add_plan_section": {"section": "safety", "words": "Whom she calls.", "visibility": for_her},
        "add_action": action,
        "record_contact": contact,
        "hold_meeting": meeting,
    }.items():
        good(call(door, {"case_id": family.id, **said}, actor=YOUTH_WORKER))
    return family


def test_without_the_application_s_filter_a_stranger_still_finds_no_row_of_any_table(a_whole_case, work_as):
    for actor, found in ((YOUTH_WORKER, True), (a_stranger(), False)):
        with work_as(actor) as work:
            for model in PROTECTED:
                rows = work.session.scalar(text(f"SELECT count(*) FROM {model.__tablename__}"))
                assert bool(rows) is found, f"{actor.subject} finds {rows} rows of {model.__tablename__}"
