"""Linking people whose truth is known: ours and Splink, on the same files in the same run (IN-8).

    python -m tests.bench.matching .icm/matching/bin/python

FEBRL's labelled lists (of FEBRL 3 the part that was kept from training, FEBRL 4 whole) and lists of invented people
with other mishaps. Splink runs in the environment that the argument names, set up as in its own guides.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

from intake.matching.evaluating import evaluate
from tests.bench.lists_of_people import SETTINGS, lists

_SEED = 20_260_415


def splink(python: str, folder: Path) -> dict[str, float]:
    """Precision, recall and F1 of Splink on the lists of a folder."""
    began = perf_counter()
    done = subprocess.run(
        [python, str(Path(__file__).with_name("splink_linking.py")), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"Splink ended with {done.returncode}: {done.stderr[-2000:]}")
    found = {frozenset(pair) for pair in json.loads(done.stdout.splitlines()[-1])}
    with (folder / "links.csv").open(encoding="utf-8", newline="") as file:
        truth = {frozenset(row) for row in list(csv.reader(file))[1:]}
    right = len(found & truth)
    precision, recall = right / max(len(found), 1), right / max(len(truth), 1)
    return {
        "precision": round(precision, 6),
        "recall": round(recall, 6),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 6),
        "seconds": round(perf_counter() - began, 1),
    }


def main() -> None:
    """Measure and print."""
    python = sys.argv[1]
    told: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        labelled = subprocess.run(
            [python, str(Path(__file__).with_name("labelled.py")), scratch],
            capture_output=True,
            text=True,
            check=True,
        )
        names = labelled.stdout.split()
        for setting in SETTINGS:
            (folder / setting.name).mkdir()
            lists(setting, seed=_SEED).write(folder / setting.name)
            names.append(setting.name)
        for name in names:
            inside = folder / name
            paths = (inside / "left.csv", inside / "right.csv", inside / "links.csv")
            ours = asdict(evaluate(*paths))
            told[name] = {"ours": ours, "splink": splink(python, inside)}
            print(f"{name}: ours {ours}, Splink {told[name]['splink']}", flush=True)
    behind = [name for name, both in told.items() if both["ours"]["f1"] < both["splink"]["f1"]]
    print(f"never below Splink: {not behind} {behind or ''}".rstrip())
    print(json.dumps({"bench": "matching", **told}))


if __name__ == "__main__":
    main()
