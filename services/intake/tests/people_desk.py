"""Steps at the front desk with one person's record: each part of it through its own door."""

from __future__ import annotations

from typing import Any

from chassis.identity import Actor
from chassis.testing import Answer
from services.intake.tests.front_desk import DESK, FrontDesk, good

PHONE = {"kind": "phone", "value": "(250) 555-0199", "safe_to_contact": True}
HOME = {
    "kind": "home",
    "street": "12 Example Street",
    "locality": "Victoria",
    "province": "BC",
    "postal_code": "V8W 1A1",
    "safe_to_send_mail": True,
}
# Made up, with check digits that fit.
HEALTH_NUMBER = {"scheme": "bc_phn", "value": "9012 372 173"}
INSURANCE_NUMBER = {"scheme": "sin", "value": "130 692 544"}


def legal(given: str | None, family: str | None = None, **more: Any) -> dict[str, Any]:
    """A legal name."""
    return {"kind": "legal", "given": given, "family": family, **more}


def tell(
    desk: FrontDesk,
    door: str,
    person: dict[str, Any],
    *,
    by: Actor = DESK,
    if_match: str | None = None,
    **told: Any,
) -> Answer:
    """One step with a record, through the door of this name."""
    return desk.call(door, {"person_id": person["id"], **told}, actor=by, if_match=if_match)


def amend(desk: FrontDesk, person: dict[str, Any], *, by: Actor = DESK, **known: Any) -> dict[str, Any]:
    """The record after an amendment of what is there now."""
    return good(tell(desk, "amend_person", person, by=by, if_match="*", **known))


def read(desk: FrontDesk, person: dict[str, Any], *, by: Actor = DESK) -> dict[str, Any]:
    """The record as somebody sees it."""
    return good(desk.read_person(person["id"], by=by))


def history(desk: FrontDesk, person: dict[str, Any], *, by: Actor = DESK) -> list[dict[str, Any]]:
    """Every change of the record that somebody sees, first change first."""
    changes: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = good(tell(desk, "read_history", person, by=by, limit=100, cursor=cursor))
        changes += page["changes"]
        cursor = page["next_cursor"]
        if cursor is None:
            return list(reversed(changes))


def refusals(answer: Answer) -> list[tuple[str, str]]:
    """The fields that were refused, each with the rule that it breaks."""
    assert answer.status == 422, answer.body
    return [(error["pointer"], error["rule"]) for error in answer.body["errors"]]


def in_digits_from(zero: str, typed: str) -> str:
    """The same with the digits of another script, of which this is the zero."""
    return typed.translate({ord("0") + digit: ord(zero) + digit for digit in range(10)})
