"""Splink on two lists, set up as its own guides do: what ours is held against.

    .icm/matching/bin/python tests/bench/splink_linking.py FOLDER

Reads `left.csv` and `right.csv` of the folder and prints the pairs that Splink takes for one person (probability of at
least a half) as JSON. `u` by random sampling, `m` by expectation maximisation over two blocking rules, term frequencies
for names and places; columns that are empty throughout are left out.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import pandas
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

_RULES = (
    ("identifier",),
    ("phone",),
    ("date_of_birth",),
    ("given_name", "family_name"),
    ("given_name", "postal_code"),
    ("family_name", "postal_code"),
    ("street",),
    ("postal_code", "locality"),
)
_TRAINED_ON = (("given_name", "family_name"), ("date_of_birth",), ("postal_code",), ("street",))


def comparisons(columns: set[str]) -> list[object]:
    """One comparison a column, from Splink's library."""
    made = {
        "given_name": cl.NameComparison("given_name"),
        "family_name": cl.NameComparison("family_name"),
        "date_of_birth": cl.DateOfBirthComparison("date_of_birth", input_is_string=True),
        "street": cl.JaroWinklerAtThresholds("street", [0.95, 0.88]),
        "locality": cl.LevenshteinAtThresholds("locality", [1, 2]).configure(term_frequency_adjustments=True),
        "province": cl.ExactMatch("province").configure(term_frequency_adjustments=True),
        "postal_code": cl.LevenshteinAtThresholds("postal_code", [1, 2]).configure(
            term_frequency_adjustments=True
        ),
        "phone": cl.LevenshteinAtThresholds("phone", [1, 2]),
        "identifier": cl.LevenshteinAtThresholds("identifier", [1, 2]),
    }
    return [comparison for column, comparison in made.items() if column in columns]


def main(folder: Path) -> None:
    """Link and print."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    left, right = (
        pandas.read_csv(folder / name, dtype=str, keep_default_na=False).replace({"": None})
        for name in ("left.csv", "right.csv")
    )
    same = left.equals(right)
    columns = {
        column for column in left.columns if left[column].notna().any() and right[column].notna().any()
    }
    rules = [rule for rule in _RULES if columns >= set(rule)]
    settings = SettingsCreator(
        link_type="dedupe_only" if same else "link_only",
        unique_id_column_name="record_id",
        comparisons=comparisons(columns),
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules],
    )
    database = DuckDBAPI()
    tables = [
        database.register(table, dataset_display_name=name)
        for table, name in ((left, "a_left"), (right, "b_right"))
    ]
    linker = Linker(tables[0] if same else tables, settings, log_level=logging.ERROR)
    certain = [
        block_on(*rule)
        for rule in (("identifier",), ("given_name", "family_name", "date_of_birth"))
        if columns >= set(rule)
    ]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in _TRAINED_ON:
        if columns >= set(rule):
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    found = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
    print(json.dumps(found[["record_id_l", "record_id_r"]].values.tolist()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
