"""Two lists of invented people, and who of them is one: what matching is measured on besides FEBRL."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from intake.matching.lists import COLUMNS
from tests.bench.misprints import Habits, retold
from tests.bench.population import Someone, people


@dataclass(frozen=True)
class Setting:
    """How a pair of lists comes about."""

    name: str
    people: int
    in_both: float
    habits: Habits
    twice_right: float = 0.0
    cultures: dict[str, float] | None = None
    family_names: int | None = None


SETTINGS = (
    Setting("households", people=4_000, in_both=0.6, habits=Habits(without=("identifier",))),
    Setting(
        "community",
        people=2_500,
        in_both=0.7,
        habits=Habits(without=("identifier", "postal_code"), moved=0.1, birth_slip=0.03),
        cultures={"punjabi": 1.0},
        family_names=6,
    ),
    Setting(
        "newcomers",
        people=2_000,
        in_both=0.6,
        habits=Habits(other_script=0.5, missing=0.08),
        cultures={"cyrillic": 0.4, "arabic": 0.2, "chinese": 0.2, "french": 0.2},
    ),
    Setting(
        "names_and_births",
        people=2_500,
        in_both=0.6,
        habits=Habits(
            without=("street", "locality", "postal_code", "province", "phone", "identifier"),
            missing=0.01,
            married=0.0,
            birth_wrong=0.0,
        ),
    ),
    Setting(
        "twice_at_one_desk", people=3_000, in_both=0.6, twice_right=0.25, habits=Habits(without=("phone",))
    ),
)


@dataclass(frozen=True)
class Lists:
    """Both lists with their record ids, and the pairs that are one person."""

    left: list[tuple[str, Someone]]
    right: list[tuple[str, Someone]]
    links: list[tuple[str, str]]

    def write(self, folder: Path) -> tuple[Path, Path, Path]:
        """The two lists and the links as files; gives their paths."""
        paths = folder / "left.csv", folder / "right.csv", folder / "links.csv"
        for path, people_here in zip(paths[:2], (self.left, self.right), strict=True):
            _write(
                path,
                COLUMNS,
                (
                    [record_id, *(getattr(who, column) for column in COLUMNS[1:])]
                    for record_id, who in people_here
                ),
            )
        _write(paths[2], ("left_id", "right_id"), self.links)
        return paths


def lists(setting: Setting, *, seed: int) -> Lists:
    """The lists of a setting, the same from the same seed."""
    chance = Random(seed)
    everybody = people(
        setting.people, seed=seed, cultures=setting.cultures, family_names=setting.family_names
    )
    left: list[tuple[str, Someone]] = []
    right: list[tuple[str, Someone]] = []
    links: list[tuple[str, str]] = []
    clean = Habits(without=setting.habits.without, **dict.fromkeys(_MISHAPS, 0.0))
    for number, someone in enumerate(everybody):
        both = chance.random() < setting.in_both
        on_left = both or chance.random() < 0.5
        if on_left:
            left.append((f"l{number}", retold(someone, chance, clean)))
        if both or not on_left:
            for again in range(2 if chance.random() < setting.twice_right else 1):
                right.append((f"r{number}-{again}", retold(someone, chance, setting.habits)))
                if both:
                    links.append((f"l{number}", f"r{number}-{again}"))
    chance.shuffle(left)
    chance.shuffle(right)
    return Lists(left=left, right=right, links=links)


_MISHAPS = tuple(field for field in Habits.__dataclass_fields__ if field != "without")


def _write(path: Path, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
