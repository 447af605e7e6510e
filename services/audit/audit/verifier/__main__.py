"""The verifier as a command: 0 when the export is sound, 1 when it is not, 2 when a file cannot be read."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from .check import Verdict, verify
from .formats import Unreadable
from .trust import read_trust, statements_in

SOUND, NOT_SOUND, UNREADABLE = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Check one export and say what was found."""
    parser = argparse.ArgumentParser(prog="verifier", description="Check an export of the audit log.")
    parser.add_argument("export", type=Path, help="the export (JSON lines)")
    parser.add_argument(
        "--key", type=Path, required=True, help="the public keys of the log, or a policy with witnesses"
    )
    parser.add_argument(
        "--earlier",
        type=Path,
        action="append",
        default=[],
        help="a checkpoint received before, or a witness's",
    )
    parser.add_argument(
        "--statement",
        type=Path,
        action="append",
        default=[],
        help="a statement about keys, got by another way",
    )
    parser.add_argument("--json", action="store_true", help="print the verdict as one line of JSON")
    given = parser.parse_args(arguments)
    try:
        verdict = checked(given.export, key=given.key, earlier=given.earlier, statements=given.statement)
    except (OSError, Unreadable, ValueError) as reason:
        print(f"cannot read: {reason}", file=sys.stderr)  # noqa: T201 - this is a command
        return UNREADABLE
    lines = [json.dumps({**asdict(verdict), "sound": verdict.sound})] if given.json else report(verdict)
    for line in lines:
        print(line)  # noqa: T201
    return SOUND if verdict.sound else NOT_SOUND


def checked(export: Path, *, key: Path, earlier: list[Path], statements: list[Path]) -> Verdict:
    """The verdict over the files. Raises OSError, Unreadable or ValueError when one cannot be read at all."""
    trust = read_trust(key.read_text(encoding="utf-8"))
    with export.open(encoding="utf-8") as lines:
        return verify(
            lines,
            trust=trust,
            earlier=[path.read_text(encoding="utf-8") for path in earlier],
            statements=[
                each for path in statements for each in statements_in(path.read_text(encoding="utf-8"))
            ],
        )


def report(verdict: Verdict) -> list[str]:
    """The verdict as lines for a reader."""
    said = [
        f"log {verdict.origin or '(unknown)'}, {verdict.size} entries sealed, root {verdict.root or '(none)'}"
    ]
    said.append(
        f"checked {verdict.entries} entries ({verdict.erased} erased, {verdict.withheld} withheld),"
        f" {verdict.checkpoints} checkpoints"
    )
    if verdict.end and (verdict.start, verdict.end) != (0, verdict.size):
        said.append(
            f"a part: entries {verdict.start} to {verdict.end - 1} of {verdict.size}, the others unseen"
        )
    for name, at in sorted(verdict.witnessed.items()):
        said.append(f"cosigned by {name} at {_moment(at)}")
    if verdict.unexplained and verdict.sound:
        said.append(f"{verdict.unexplained} erasures are ordered outside of this export: take a whole one")
    said += [f"FOUND {finding.rule}: {finding.detail}" for finding in verdict.findings]
    said.append("SOUND: the log is what was signed" if verdict.sound else "NOT SOUND")
    return said


def _moment(at: int) -> str:
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    except (OverflowError, OSError, ValueError):
        return f"{at} seconds after 1970, which no calendar has"


if __name__ == "__main__":
    sys.exit(main())
