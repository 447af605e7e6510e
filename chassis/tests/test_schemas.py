"""Shapes on the wire: strict, in any script, with a pointer to each wrong field (GW-1, CO-9)."""

import unicodedata
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields

from chassis.doors.narrowing import narrowed
from chassis.errors import InvalidInput
from chassis.schemas import (
    Code,
    Moment,
    Money,
    PersonName,
    Schema,
    Subject,
    Text,
    View,
    category,
    plainly_seen,
)


class Part(Schema):
    category_key = "category"
    category = fields.String()
    answer = fields.String()


class Sample(View):
    name = PersonName(metadata=category("identity"))
    rent = Money(metadata=category("housing"), allow_none=True)
    note = Text(max=20)
    kind = Code(choices=["a", "b"])
    at = Moment()
    worker = Subject()
    program = Code()
    parts = fields.List(fields.Nested(Part))


def refused(body: object) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        Sample().taken(body)
    return {error.pointer: error.rule for error in caught.value.errors}


def test_every_wrong_field_gets_a_pointer_and_a_rule() -> None:
    body = {"id": "x", "kind": "c", "note": "n" * 21, "parts": [{"answer": 3}], "surplus": 1}

    assert refused(body) == {
        "/id": "type",
        "/kind": "choice",
        "/note": "length",
        "/parts/0/answer": "type",
        "/surplus": "unknown_field",
    }


def test_a_body_that_is_not_an_object_is_refused() -> None:
    assert refused([1]) == {"": "object"}


@pytest.mark.parametrize("name", ["Zoë", "李小龍", "محمد", "Ó Súilleabháin", "Nłeʔkepmx", "👩‍👧"])  # noqa: RUF001
def test_a_name_in_any_script_is_kept(name: str) -> None:
    loaded = Sample(partial=True).load({"name": f"  {name} "})
    assert loaded["name"] == name


@pytest.mark.parametrize("hidden", ["a\u0000b", "a\u0007b", "a\u009fb"])
def test_control_characters_are_refused(hidden: str) -> None:
    assert "/note" in refused({"id": "5e0d6b0a-0000-7000-8000-000000000001", "note": hidden})


@pytest.mark.parametrize(("name", "value"), [("worker", "mentor"), ("program", "autism_funding")])
def test_a_line_break_at_the_end_is_no_part_of_a_name_that_machines_compare(name: str, value: str) -> None:
    whole = {"id": "5e0d6b0a-0000-7000-8000-000000000001", name: value}
    assert Sample().taken(whole)[name] == value
    assert f"/{name}" in refused({**whole, name: f"{value}\n"})


@given(cents=st.integers(min_value=-(10**13), max_value=10**13))
def test_money_is_exact_both_ways(cents: int) -> None:
    amount = Decimal(cents) / 100
    loaded = Sample(partial=True).load({"rent": str(amount)})["rent"]
    assert loaded == amount
    assert Decimal(Sample().dump({"rent": loaded})["rent"]) == amount


@pytest.mark.parametrize("wrong", [12.5, "12.345", "NaN", "Infinity", "1e13", "twelve"])
def test_money_that_is_not_an_exact_amount_is_refused(wrong: object) -> None:
    assert "/rent" in refused({"id": "5e0d6b0a-0000-7000-8000-000000000001", "rent": wrong})


def test_a_moment_needs_its_offset_and_is_kept_in_utc() -> None:
    assert Sample(partial=True).load({"at": "2026-03-04T09:00:00-08:00"})["at"] == datetime(
        2026, 3, 4, 17, tzinfo=UTC
    )
    assert "/at" in refused({"id": "5e0d6b0a-0000-7000-8000-000000000001", "at": "2026-03-04T09:00:00"})


def test_fields_without_a_granted_category_are_left_out_and_named() -> None:
    dumped = {
        "id": "1",
        "name": "n",
        "rent": "5.00",
        "note": "x",
        "parts": [{"category": "health", "answer": "h"}, {"category": "housing", "answer": "d"}],
    }

    body, shown, withheld = narrowed(Sample(), dumped, seen={"housing"})

    assert body == {"id": "1", "rent": "5.00", "note": "x", "parts": [{"category": "housing", "answer": "d"}]}
    assert shown == {"housing"}
    assert withheld == {"identity", "health"}


def test_an_empty_field_withholds_nothing() -> None:
    _, _, withheld = narrowed(Sample(), {"id": "1", "rent": None, "parts": []}, seen=set())
    assert withheld == set()


@given(st.text(max_size=60))
def test_a_line_holds_no_sign_that_nobody_sees_and_is_the_same_when_taken_again(text: str) -> None:
    seen = plainly_seen(text)
    assert plainly_seen(seen) == seen
    unseen = {sign for sign in seen if unicodedata.category(sign) == "Cf"}
    assert unseen <= {"\N{ZERO WIDTH JOINER}", "\N{ZERO WIDTH NON-JOINER}"}
    assert "\n" not in seen


def test_joiners_stay_between_signs_where_scripts_and_emoji_need_them() -> None:
    assert plainly_seen("می\N{ZERO WIDTH NON-JOINER}خواهم") == "می\N{ZERO WIDTH NON-JOINER}خواهم"
    assert plainly_seen("\N{ZERO WIDTH JOINER}Ana\N{ZERO WIDTH JOINER}") == "Ana"
