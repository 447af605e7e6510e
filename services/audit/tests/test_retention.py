"""Keeping, holding, erasing: content goes, the log stays whole, and what ordered it stays in the log (AU-8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from audit.log.examination import examine
from audit.retention.actions import end_retention, erase_ordered
from audit.retention.model import ErasureDone, OrderedErasure
from audit.retention.queries import stretches
from audit.verifier import verify
from services.audit.tests.builders import CASE, GIRL, LONG_AGO, SISTER, an_access

pytestmark = pytest.mark.postgres


def test_what_is_ordered_loses_its_content_once_the_order_is_sealed_and_the_log_stays_sound(
    told, sealed, order, carry_out, export, public_keys, in_lane, contents
) -> None:
    told(*(an_access(at=LONG_AGO, to=(GIRL if each % 2 else SISTER,)) for each in range(6)))
    sealed()
    answer = order()
    assert (answer.status, answer.body["entries"]) == (200, 3)
    assert contents() == [0, 1, 2, 3, 4, 5], "an order alone erases nothing"
    assert carry_out() == 3
    assert contents() == [0, 2, 4, 6]
    verdict = verify(export(), keys=public_keys)
    assert verdict.sound, verdict.findings
    assert (verdict.erased, verdict.unexplained) == (3, 0)
    with in_lane() as work:
        assert list(examine(work.session, size=7)) == []
        done = work.session.scalars(select(ErasureDone)).one()
        assert (done.order_position, done.erased) == (6, 3)
        assert erase_ordered(work) == 0, "an order is carried out once"


def test_the_order_is_itself_an_entry_that_says_who_and_what(order, told, sealed, outbox) -> None:
    told(*(an_access(at=LONG_AGO) for _ in range(3)))
    sealed()
    order()
    (entry,) = [each for each in outbox.entries() if each["door"] == "order_erasure"]
    assert (entry["actor"]["subject"], entry["erases"], entry["outcome"]) == (
        "privacy-officer", [[0, 2]], "permitted",
    )  # fmt: skip
    assert entry["persons"] == [str(GIRL)]


def test_an_entry_that_is_about_another_too_or_too_young_stays(told, sealed, order, clock) -> None:
    told(an_access(at=LONG_AGO, to=(GIRL, SISTER)), an_access(at=clock.now - timedelta(days=364)))
    sealed()
    assert order().body["code"] == "nothing_to_erase"
    told(an_access(at=clock.now - timedelta(days=366)))
    sealed()
    assert order().body["entries"] == 1


@pytest.mark.parametrize(
    "kept_longer",
    [
        {"refused": "access_denied"},
        {"restricted": True},
        {"basis": [{"grant": str(uuid4()), "basis": "emergency"}]},
    ],
)
def test_attempts_protected_records_and_emergencies_are_kept_longer(
    told, sealed, order, clock, kept_longer: dict[str, Any]
) -> None:
    told(an_access(at=clock.now - timedelta(days=400), **kept_longer))
    sealed()
    assert order().body["code"] == "nothing_to_erase"


def test_a_hold_on_the_person_refuses_the_order_and_a_released_one_does_not(
    told, sealed, order, call, officer
) -> None:
    told(an_access(at=LONG_AGO))
    sealed()
    hold = call(
        "place_hold",
        {"kind": "person", "record_id": str(GIRL), "because": "litigation", "reference": "S-12345"},
        actor=officer,
    )
    assert (hold.status, hold.body["released_at"]) == (200, None)
    assert (order().status, order().body["code"]) == (409, "held_by_law")
    assert [each["id"] for each in call("list_holds", {"standing": True}, actor=officer).body["items"]] == [
        hold.body["id"]
    ]
    release = {"id": hold.body["id"], "because": "proceedings_over"}
    assert call("release_hold", release, actor=officer).body["released_at"]
    assert call("release_hold", release, actor=officer).body["code"] == "hold_over"
    assert call("list_holds", {"standing": True}, actor=officer).body["items"] == []
    assert order().status == 200


def test_a_hold_on_a_case_that_comes_after_the_order_still_keeps_the_entry(
    told, sealed, order, call, officer, carry_out, contents, export, public_keys
) -> None:
    told(an_access(at=LONG_AGO, case=CASE), an_access(at=LONG_AGO))
    sealed()
    assert order().body["entries"] == 2
    asked = {"kind": "case", "record_id": str(CASE), "because": "coroner", "reference": "C-7"}
    assert call("place_hold", asked, actor=officer).status == 200
    assert carry_out() == 1
    assert 0 in contents() and 1 not in contents()
    assert verify(export(), keys=public_keys).sound


def test_when_the_longest_time_is_over_content_goes_by_itself(
    told, sealed, carry_out, clock, in_lane, contents, export, public_keys
) -> None:
    told(
        an_access(at=clock.now - timedelta(days=2558)),
        an_access(at=clock.now - timedelta(days=2558), refused="access_denied"),
        an_access(at=clock.now - timedelta(days=2556)),
        an_access(at=clock.now - timedelta(days=3654), refused="access_denied"),
    )
    sealed()
    with in_lane() as work:
        assert end_retention(work) == 2
    assert carry_out() == 2
    assert contents() == [1, 2, 4]
    assert verify(export(), keys=public_keys).sound
    with in_lane() as work:
        assert end_retention(work) == 0, "what was ordered once is not ordered again"


def test_more_than_an_order_of_one_person_takes_ends_at_once_when_its_time_is_over(
    told, clock, in_lane, sealed, carry_out, contents
) -> None:
    told(*(an_access(at=clock.now - timedelta(days=2558)) for _ in range(2_500)))
    sealed()
    with in_lane() as work:
        assert end_retention(work) == 2_500
    assert carry_out() == 2_500
    assert contents() == [2_500, 2_501], "of all of it two orders are left"


def test_an_order_is_never_erased(told, sealed, order, carry_out, clock, in_lane) -> None:
    told(an_access(at=LONG_AGO))
    sealed()
    order()
    carry_out()
    clock.advance(days=4000)
    with in_lane() as work:
        assert end_retention(work) == 0


def test_an_entry_of_another_service_orders_nothing(told, sealed, in_lane) -> None:
    told(an_access(at=LONG_AGO), an_access(erases=[[0, 0]]))
    sealed()
    with in_lane() as work:
        assert work.session.scalar(select(func.count()).select_from(OrderedErasure)) == 0
        assert erase_ordered(work) == 0


def test_no_runtime_role_erases_without_an_order_that_is_sealed_in_the_log(database, told, sealed) -> None:
    told(an_access(at=LONG_AGO), an_access(at=LONG_AGO))
    sealed()
    for role in ("door", "lane"):
        with pytest.raises(DBAPIError), getattr(database, role).begin() as session:
            session.add(OrderedErasure(order_position=1, first=0, last=0))
            session.flush()
            session.execute(text("SELECT icm_erase_ordered(1)"))
    assert database.superuser.connect().scalar(text("SELECT count(*) FROM entries")) == 2


@pytest.mark.parametrize("door", ["order_erasure", "place_hold", "release_hold", "list_holds"])
def test_only_the_custodian_holds_and_erases(call, an_actor, door: str) -> None:
    assert call(door, {}, actor=an_actor(roles=["practitioner"])).status == 403
    assert call(door, {}, actor=an_actor(roles=["operator"])).status == 403


@pytest.mark.parametrize(
    "reference", ["", "x" * 81, "Mrs. Ωmega", "a\nb", "\u202eS-1", "  ", "😀", "-- DROP"]
)
def test_a_hold_names_a_file_and_nothing_else(call, officer, reference: str) -> None:
    asked = {"kind": "person", "record_id": str(GIRL), "because": "litigation", "reference": reference}
    assert call("place_hold", asked, actor=officer).status == 422


def test_positions_side_by_side_are_one_stretch() -> None:
    assert stretches([5, 1, 2, 3, 9]) == [[1, 3], [5, 5], [9, 9]]
    assert stretches([]) == []
