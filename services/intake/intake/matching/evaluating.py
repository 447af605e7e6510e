"""How well two lists are linked, held against who is really who (IN-8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from intake.matching.linkage import Linkage
from intake.matching.lists import PeopleList, read_people, read_truth
from intake.matching.weights import Weights, shipped


@dataclass(frozen=True)
class Evaluation:
    """Shares of the pairs found that are right, and of the right pairs that are found; records linked a second."""

    precision: float
    recall: float
    f1: float
    records_per_s: float


def evaluate(
    left_path: Path,
    right_path: Path,
    truth_path: Path,
    *,
    weights: Weights | None = None,
    warn: Callable[[str], None] = lambda line: None,
) -> Evaluation:
    """Link the people of two files and count. A list linked with itself: each pair counts once, in either order.

    The links of `truth_path` are looked at after everything is decided. Raises ListUnreadable.
    """
    left, right = read_people(left_path), read_people(right_path)
    for line in [*left.warnings, *(right.warnings if right_path != left_path else [])]:
        warn(line)
    same = left.ids == right.ids and left.people == right.people
    truth = read_truth(truth_path, left=left, right=right)
    began = perf_counter()
    found = set(Linkage(left.people, right.people, weights=weights or shipped(), same_list=same).found())
    seconds = perf_counter() - began
    if same:
        truth = {(min(pair), max(pair)) for pair in truth if pair[0] != pair[1]}
    return _counted(found, truth, records=_records(left, right, same=same), seconds=seconds)


def _records(left: PeopleList, right: PeopleList, *, same: bool) -> int:
    return len(left) if same else len(left) + len(right)


def _counted(
    found: set[tuple[int, int]], truth: set[tuple[int, int]], *, records: int, seconds: float
) -> Evaluation:
    right = len(found & truth)
    precision = right / len(found) if found else float(not truth)
    recall = right / len(truth) if truth else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return Evaluation(
        precision=round(precision, 6),
        recall=round(recall, 6),
        f1=round(f1, 6),
        records_per_s=round(records / max(seconds, 1e-9), 1),
    )
