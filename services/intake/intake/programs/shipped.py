"""The criteria that come with the platform, one file a version in `data/`; a bad file takes nothing else with it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from intake.programs.criteria import Criteria
from intake.programs.document import read_criteria
from intake.programs.marked import BadFile, Fault

FOLDER = Path(__file__).parent / "data"


def shipped(folder: Path | None = None) -> list[Criteria]:
    """Every good version in the folder, in order of file names; files are read again when they have changed."""
    return [criteria for criteria, _ in _files(folder or FOLDER) if criteria is not None]


def faults(folder: Path | None = None) -> list[Fault]:
    """What is wrong with the files of the folder; the versions in them are left out until it is mended."""
    return [fault for _, found in _files(folder or FOLDER) for fault in found]


def _files(folder: Path) -> list[tuple[Criteria | None, tuple[Fault, ...]]]:
    read: list[tuple[Criteria | None, tuple[Fault, ...]]] = []
    told_in: dict[tuple[str, str], str] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            seen = path.stat()
            criteria, found = _read(path, seen.st_mtime_ns, seen.st_size)
        except OSError as wrong:
            criteria, found = None, (Fault(path.name, 1, f"cannot be read: {wrong.strerror}"),)
        if criteria is not None:
            first = told_in.setdefault((criteria.program, criteria.version), path.name)
            if first != path.name:
                criteria, found = None, (Fault(path.name, 1, f"the same version stands in {first}"),)
        read.append((criteria, found))
    return read


@lru_cache(maxsize=512)
def _read(path: Path, changed: int, size: int) -> tuple[Criteria | None, tuple[Fault, ...]]:
    try:
        return read_criteria(path.read_bytes(), file=path.name), ()
    except BadFile as bad:
        return None, tuple(bad.faults)
