"""History is never overwritten, whoever tries (CO-1)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.migrations import differences
from services.consent.tests.decisions import MENTOR, PRIVACY_OFFICER, YOUTH_WORKER, Decisions
from services.consent.tests.test_agreements import signs
from services.consent.tests.test_representation import appointed, lays_down
from services.consent.tests.test_withdrawals import takes_back


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
        "UPDATE consent_states SET given_capacity = 'person'",
        "DELETE FROM consent_states",
        "UPDATE decision_scopes SET categories = ARRAY['health']",
        "DELETE FROM decision_scopes",
        "DELETE FROM consents",
    ],
)
def test_not_even_the_service_rewrites_what_was_decided(
    decisions: Decisions, database: Any, change: str
) -> None:
    decisions.decides()

    with pytest.raises(DBAPIError), database.lane.begin() as session:
        session.execute(text(change))


@pytest.mark.parametrize(
    ("decided", "change"),
    [
        ("given", "UPDATE consents SET live_categories = categories"),
        ("given", "UPDATE consents SET state = 'refused', live_categories = '{}'"),
        ("withdrawn", "UPDATE consents SET state = 'given', live_categories = categories"),
        ("withdrawn", "UPDATE consents SET state = 'expired'"),
        ("refused", "UPDATE consents SET state = 'given', live_categories = categories"),
        ("refused", "UPDATE consents SET state = 'withdrawn'"),
    ],
)
def test_not_even_the_service_opens_again_what_was_closed(
    decisions: Decisions, database: Any, decided: str, change: str
) -> None:
    if decided == "refused":
        decisions.decides(decision="refused", explanation=...)
    else:
        closing = {"id": decisions.decides()["id"], "categories": ["plan"] if decided == "given" else None}
        assert decisions.call("withdraw_consent", closing, actor=MENTOR).status == 200

    with pytest.raises(DBAPIError), database.lane.begin() as session:
        session.execute(text(change))


REWRITES = [
    "UPDATE withdrawals SET recipient = 'worker:somebody'",
    "DELETE FROM withdrawals",
    "UPDATE prior_decisions SET says = 'Something else.'",
    "UPDATE prior_decisions SET revoked_at = NULL, revoked_by = NULL, revoke_reason = NULL",
    "DELETE FROM prior_decisions",
    "UPDATE prior_rules SET effect = 'permit'",
    "DELETE FROM prior_rules",
    "UPDATE representatives SET authority = 'court'",
    "DELETE FROM representatives",
    "UPDATE agreements SET categories = ARRAY['health']",
    "DELETE FROM agreements",
    "UPDATE emergency_accesses SET reason = 'Something else was the reason.'",
    "UPDATE emergency_accesses SET ends_at = ends_at + interval '1 hour'",
    "UPDATE emergency_accesses SET finding = 'not_justified'",
    "DELETE FROM emergency_accesses",
]


def test_what_stands_around_a_decision_is_not_rewritten_either(decisions: Decisions, database: Any) -> None:
    directive = lays_down(decisions, rules=[{"effect": "refuse", "categories": ["health"]}]).body
    decisions.call("revoke_prior_decision", {"id": directive["id"], "reason": "Over."}, actor=MENTOR)
    appointed(decisions)
    signs(decisions)
    takes_back(decisions)
    body = {"person_id": decisions.girl, "reason": "She does not answer the door.", "categories": ["contact"]}
    access = decisions.call("begin_emergency_access", body, actor=YOUTH_WORKER).body
    review = {"id": access["id"], "finding": "justified", "review": "The call is on record."}
    assert decisions.call("review_emergency_access", review, actor=PRIVACY_OFFICER).status == 200

    for change in REWRITES:
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
