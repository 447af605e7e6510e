"""A restricted record and one that is not there take the same time through HTTP, as far as a test can tell (CO-5).

Asked in turns, so that whatever else the machine does falls on both alike; compared by rank, so that a few slow answers
weigh nothing. `chassis/tests/test_restricted.py` shows the cause: the same statements.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.security.family import PROGRAM
from tests.security.restricted import the_hidden
from tests.security.sign_ins import Actor

pytestmark = [pytest.mark.platform, pytest.mark.timeout(180)]

ROUNDS = 150
DIFFERENCE_S = 0.005
# With 150 on each side, chance alone leaves 0.5 by more than this in one of ten thousand comparisons.
BOUND = 0.13

Ask = Callable[[str], requests.Response]


def advantage(one: Sequence[float], other: Sequence[float]) -> float:
    """How often a guess from one time of each is right: 0.5 when nothing is to be told (Mann-Whitney's U over n·m)."""
    ranked = sorted([(each, 0) for each in one] + [(each, 1) for each in other])
    ranks = sum(place for place, (_, side) in enumerate(ranked, start=1) if side == 1)
    return (ranks - len(other) * (len(other) + 1) / 2) / (len(one) * len(other))


def timed(ask: Ask, record: str) -> float:
    began = time.perf_counter()
    answer = ask(record)
    took = time.perf_counter() - began
    assert answer.status_code == 404, answer.text
    return took


def in_turns(ask: Ask, record: str) -> tuple[list[float], list[float]]:
    """How long an answer took for a record and, each time beside it, for an id that nobody has."""
    order = random.Random(20261201)
    hidden: list[float] = []
    unknown: list[float] = []
    for _ in range(ROUNDS):
        pair = [(record, hidden), (str(uuid4()), unknown)]
        if order.random() < 0.5:
            pair.reverse()
        for each, times in pair:
            times.append(timed(ask, each))
    return hidden, unknown


def reading(actor: Actor, path: str) -> Ask:
    return lambda record: actor.get(path.format(record))


def naming(actor: Actor, path: str, **body: Any) -> Ask:
    return lambda record: actor.post(path, {**body, "person_id": record})


def opening(actor: Actor) -> Ask:
    def ask(record: str) -> requests.Response:
        member = {"person_id": record, "relation": "young_person"}
        return actor.post("/cases", {"program": PROGRAM, "role": "learning_mentor", "members": [member]})

    return ask


ASKED: dict[str, tuple[str, Callable[[Actor], Ask]]] = {
    "a person": ("person_id", lambda cast: reading(cast["desk"], "/people/{}")),
    "an assessment": ("assessment_id", lambda cast: reading(cast["mentor"], "/assessments/{}")),
    "a consent": ("consent_id", lambda cast: reading(cast["mentor"], "/consents/{}")),
    "a body": (
        "person_id",
        lambda cast: naming(cast["mentor"], "/withdrawals", recipient="organisation:nowhere"),
    ),
    "a member of a case": ("person_id", lambda cast: opening(cast["mentor"])),
}


@pytest.mark.parametrize("what", ASKED)
def test_time_tells_no_restricted_record_from_one_that_is_not_there(what: str) -> None:
    name, asking = ASKED[what]
    family = the_hidden().family
    hidden, unknown = in_turns(asking(family.cast), family.ids[name])

    told = advantage(unknown, hidden)
    assert abs(told - 0.5) < BOUND, f"{what}: a guess is right in {told:.0%}"
    # The same times would have betrayed five thousandths of a second, or on a busy machine a quarter of an answer.
    slower = [each + max(DIFFERENCE_S, median(hidden) / 4) for each in hidden]
    assert advantage(unknown, slower) - 0.5 > BOUND, (
        "this machine is too busy for the comparison to say anything"
    )
