"""History is never overwritten, whoever tries (CO-1)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.migrations import differences
from services.consent.tests.decisions import Decisions


def test_models_and_migrations_agree(database: Any) -> None:
    with database.owner.connect() as connection:
        assert differences("consent", connection=connection) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consents SET recipient = 'worker:somebody'",
        "UPDATE consents SET explanation_text = 'something else'",
        "UPDATE consents SET categories = ARRAY['health'], live_categories = ARRAY['health']",
        "UPDATE consents SET live_categories = ARRAY['identity','plan','health']",
        "UPDATE consent_states SET state = 'refused'",
        "DELETE FROM consent_states",
        "DELETE FROM consents",
    ],
)
def test_not_even_the_service_rewrites_what_was_decided(
    decisions: Decisions, database: Any, change: str
) -> None:
    decisions.decides()

    with pytest.raises(DBAPIError), database.lane.begin() as session:
        session.execute(text(change))


def test_a_caller_without_a_grant_sees_no_row_even_without_the_filter(
    decisions: Decisions, work_as: Any, an_actor: Any
) -> None:
    decisions.decides()

    with work_as(an_actor(subject="youth-worker")) as work:
        assert work.session.execute(text("SELECT count(*) FROM consents")).scalar() == 0
        assert work.session.execute(text("SELECT count(*) FROM consent_states")).scalar() == 0
    with work_as(an_actor(subject="mentor")) as work:
        assert work.session.execute(text("SELECT count(*) FROM consents")).scalar() == 1


def test_a_person_becomes_known_once(decisions: Decisions, receive: Any, database: Any) -> None:
    receive("intake.person.recorded.v1", subject=decisions.girl, data={"person_id": decisions.girl})

    with database.lane() as session:
        known = session.execute(text("SELECT person_id FROM known_persons")).scalars().all()
    assert known == [UUID(decisions.girl)]
