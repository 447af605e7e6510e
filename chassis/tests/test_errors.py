"""A problem crosses the wire whole and carries nothing else."""

import orjson
import pytest

from chassis.errors import (
    AccessDenied,
    FieldError,
    InvalidInput,
    Problem,
    RuleBroken,
    Unavailable,
    invalid,
    under,
)


def test_a_problem_comes_back_from_the_wire_as_the_same_kind() -> None:
    sent = InvalidInput(
        "Two fields are wrong.", errors=[FieldError(pointer="/a", rule="required", detail="Needed.")]
    )

    got = Problem.from_wire(orjson.loads(orjson.dumps(sent.to_wire())))

    assert isinstance(got, InvalidInput)
    assert got.to_wire() == sent.to_wire()


def test_a_rule_of_a_service_that_the_reader_does_not_know_keeps_its_code_and_title() -> None:
    class CaseloadFull(RuleBroken):
        code = "caseload_full"
        title = "The caseload is full"

    got = Problem.from_wire(CaseloadFull().to_wire())

    assert (got.status, got.code, got.title) == (409, "caseload_full", "The caseload is full")


def test_retry_after_survives_the_wire() -> None:
    assert Problem.from_wire(Unavailable(retry_after=3).to_wire()).retry_after == 3


def test_a_denial_says_nothing_but_its_rule() -> None:
    assert AccessDenied().to_wire() == {
        "status": 403,
        "code": "access_denied",
        "title": "You have no grant for this record",
    }


def test_one_wrong_field_is_named_with_its_rule() -> None:
    assert invalid("/units", "range", "Must be positive.").errors == [
        FieldError(pointer="/units", rule="range", detail="Must be positive.")
    ]


def test_a_field_of_a_part_is_named_as_a_field_of_the_whole() -> None:
    with pytest.raises(InvalidInput) as caught, under("/person"):
        raise invalid("/born/day", "range", "Must be a day of that month.")
    assert [error.pointer for error in caught.value.errors] == ["/person/born/day"]
