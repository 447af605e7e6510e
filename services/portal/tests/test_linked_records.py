"""What was authorised for a person is found by any of her records, and by one alone after unlinking (IN-8, CO-5)."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.ids import new_id
from services.portal.tests.contract import OFFICER, WORKER, Contract


@pytest.fixture
def told(receive: Any) -> Any:
    """`told(1, {…})` tells the clusters of a revision, as intake does."""

    def heard(revision: int, *clusters: set[str]) -> None:
        what = "linked" if len(clusters) == 1 else "unlinked"
        link = str(new_id())
        data = {
            "link_id": link,
            "revision": revision,
            "clusters": [{"main_person_id": min(each), "person_ids": sorted(each)} for each in clusters],
        }
        receive(f"intake.person.{what}.v1", subject=link, data=data)

    return heard


def found(contract: Contract, person: str, *, by: Any = OFFICER) -> list[str]:
    answer = contract.done("list_authorisations", {"person_id": person}, actor=by)
    return [each["id"] for each in answer["items"]]


def test_an_authorisation_is_found_by_a_linked_record_where_the_caller_may_know_for_whom_it_is(
    contract: Contract, told: Any, consent_is_current: Any
) -> None:
    issued, other = contract.authorises(), str(new_id())
    assert found(contract, other) == []
    told(1, {contract.girl, other})
    assert found(contract, other) == found(contract, contract.girl) == [issued["id"]]
    assert found(contract, other, by=WORKER) == []
    contract.consents(categories=["identity"])
    consent_is_current()
    assert found(contract, other, by=WORKER) == [issued["id"]]


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 0, 0, 1)])
def test_after_unlinking_everything_is_as_before(
    contract: Contract, told: Any, order: tuple[int, ...]
) -> None:
    issued, other = contract.authorises(), str(new_id())
    steps = [(1, {contract.girl, other}), (2, {contract.girl}, {other})]
    for step in order:
        told(*steps[step])
    assert (found(contract, contract.girl), found(contract, other)) == ([issued["id"]], [])


def test_a_restriction_on_a_linked_record_hides_for_whom_a_service_is_until_they_part(
    contract: Contract, told: Any, receive: Any
) -> None:
    issued, other = contract.authorises(), str(new_id())
    told(1, {contract.girl, other})
    data = {"person_id": other, "restriction_id": str(new_id())}
    receive("consent.restriction.placed.v1", subject=other, data=data)
    assert found(contract, contract.girl) == []
    told(2, {contract.girl}, {other})
    assert found(contract, contract.girl) == [issued["id"]]
