"""The report on a person covers all her records, as far as the one who asks may have it (IN-8, AU-6)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.audit.tests.builders import GIRL, SISTER, an_access

pytestmark = pytest.mark.postgres

AGAIN = UUID("01931f0e-7c1a-7000-8000-000000000017")


@pytest.fixture
def officer(an_actor: Any) -> Any:
    return an_actor(subject="privacy", roles=["privacy_officer"], organisation="ministry")


@pytest.fixture
def girl(an_actor: Any, signs_in: Any) -> Any:
    signs_in(GIRL)
    return an_actor(subject="girl", roles=["client"], organisation=None)


@pytest.fixture
def signs_in(receive: Any, clock: Any) -> Any:
    def linked_to(person: UUID) -> None:
        data = {"person_id": person, "account": "girl", "relation": "self"}
        receive("intake.person.account_linked.v1", subject=person, data=data)

    return linked_to


def who_looked(call: Any, actor: Any, *, of: UUID = GIRL) -> list[str]:
    answer = call("access_report", {"person_id": str(of)}, actor=actor)
    assert answer.status == 200, answer.body
    return [each["worker"] for each in answer.body["items"]]


def test_the_custodian_s_report_covers_every_linked_record_and_names_them(
    told: Any, call: Any, officer: Any, linked: Any
) -> None:
    told(an_access(by="mentor"), an_access(by="desk", to=(AGAIN,)), an_access(by="nurse", to=(SISTER,)))
    assert who_looked(call, officer) == ["mentor"]
    linked(1, {GIRL, AGAIN})
    assert who_looked(call, officer) == who_looked(call, officer, of=AGAIN) == ["desk", "mentor"]
    covered = call("access_report", {"person_id": str(GIRL)}, actor=officer).body["person_ids"]
    assert covered == [str(GIRL), str(AGAIN)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 0, 1, 0)])
def test_after_unlinking_the_report_is_as_before(
    told: Any, call: Any, officer: Any, linked: Any, order: tuple[int, ...]
) -> None:
    told(an_access(by="mentor"), an_access(by="desk", to=(AGAIN,)))
    steps = [(1, {GIRL, AGAIN}), (2, {GIRL}, {AGAIN})]
    for step in order:
        linked(*steps[step])
    assert (who_looked(call, officer), who_looked(call, officer, of=AGAIN)) == (["mentor"], ["desk"])


def test_a_person_s_own_report_covers_the_records_that_her_sign_in_belongs_to(
    told: Any, call: Any, girl: Any, linked: Any, signs_in: Any
) -> None:
    told(an_access(by="mentor"), an_access(by="desk", to=(AGAIN,)))
    linked(1, {GIRL, AGAIN})
    assert who_looked(call, girl) == ["mentor"]
    assert call("access_report", {"person_id": str(AGAIN)}, actor=girl).status == 403
    signs_in(AGAIN)
    assert who_looked(call, girl) == ["desk", "mentor"]


def test_the_entry_of_a_report_names_the_records_that_it_covered(
    told: Any, call: Any, officer: Any, linked: Any, outbox: Any
) -> None:
    linked(1, {GIRL, AGAIN})
    who_looked(call, officer)
    assert set(outbox.entries()[-1]["persons"]) == {str(GIRL), str(AGAIN)}


def test_an_exported_report_holds_the_entries_about_linked_records(
    told: Any, call: Any, officer: Any, linked: Any, sealed: Any
) -> None:
    told(an_access(by="mentor"), an_access(by="desk", to=(AGAIN,)), an_access(by="nurse", to=(AGAIN, SISTER)))
    sealed()
    linked(1, {GIRL, AGAIN})
    answer = call("export_report", {"person_id": str(GIRL)}, actor=officer)
    assert answer.status == 200, answer.body
    lines = [line for line in answer.body["lines"] if "position" in line]
    assert [line.get("withheld", False) for line in lines] == [False, False, True]
