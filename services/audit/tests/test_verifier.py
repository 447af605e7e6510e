"""The offline verifier by itself: no service, no database, only lines of text and a public key (AU-4)."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as some

import audit.verifier
from audit.log import leaves, merkle
from audit.log.encoding import base64_of
from audit.log.notes import Checkpoint, SigningKey, sign
from audit.verifier import read_keys, verify
from audit.verifier.__main__ import checked as verdict_of
from audit.verifier.__main__ import report
from services.audit.tests.builders import an_access

ORIGIN = "openicm.example/audit"
KEY = SigningKey(name=ORIGIN, private=Ed25519PrivateKey.generate())
KEYS = read_keys(f"# the key of the log\n\n{KEY.verifying.line()}\n")
FORMAT = audit.verifier.FORMAT


class Log:
    """A log of `size` entries, made by the service's own tree."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.lines = []
        self.hashes = []
        for position in range(size):
            entry, salt = an_access(), leaves.new_salt()
            leaf = merkle.leaf_hash(leaves.commitment(salt=salt, entry=leaves.canonical(entry)))
            self.hashes.append(leaf)
            self.lines.append(
                {"position": position, "leaf": base64_of(leaf), "salt": base64_of(salt), "entry": entry}
            )

    def root(self, size: int) -> bytes:
        frontier = merkle.Frontier()
        list(frontier.grow(self.hashes[:size]))
        return frontier.root()

    def note(self, size: int) -> str:
        return sign(Checkpoint(origin=ORIGIN, size=size, root=self.root(size)).text(), [KEY])

    def over(self, ranges: list[tuple[int, int]]) -> list[str]:
        hashes = {}
        for start, end in ranges:
            for at in merkle.full_subtrees(start=start, end=end):
                frontier = merkle.Frontier()
                list(frontier.grow(self.hashes[at.index << at.level : (at.index + 1) << at.level]))
                hashes[at] = frontier.root()
        return [base64_of(each) for each in merkle.hashes_of(ranges, lookup=hashes.__getitem__)]

    def export(self) -> list[dict]:
        header = {"format": FORMAT, "kind": "range", "origin": ORIGIN, "from": 0, "left": []}
        footer = {"end": True, "to": self.size, "right": [], "checkpoint": self.note(self.size)}
        return [header, *self.lines, footer]

    def selection(self, positions: list[int]) -> list[dict]:
        chosen = [
            {
                **self.lines[position],
                "proof": self.over(merkle.inclusion_path(position=position, size=self.size)),
            }
            for position in positions
        ]
        header = {"format": FORMAT, "kind": "selection", "checkpoint": self.note(self.size)}
        return [header, *chosen, {"end": True, "entries": len(chosen)}]


@cache
def log(size: int) -> Log:
    return Log(size)


def checked(lines: list, **more):
    return verify(
        [each if isinstance(each, str) else orjson.dumps(each).decode() for each in lines], keys=KEYS, **more
    )


def paths(value, at=()):
    """Every place in a JSON value that holds a plain value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, (*at, name))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from paths(inner, (*at, index))
    else:
        yield at


def changed(value, at):
    """The value with something else at a place."""
    if not at:
        if isinstance(value, bool):
            return not value
        if isinstance(value, int):
            return value + 1
        if isinstance(value, str):
            return value[:-1] + ("A" if value[-1:] != "A" else "B") if value else "x"
        return "x"
    if isinstance(value, dict):
        return {**value, at[0]: changed(value[at[0]], at[1:])}
    return [*value[: at[0]], changed(value[at[0]], at[1:]), *value[at[0] + 1 :]]


@given(size=some.integers(min_value=1, max_value=70))
def test_a_sound_export_is_sound_at_every_size(size: int) -> None:
    verdict = checked(log(size).export())
    assert verdict.sound, verdict.findings
    assert (verdict.entries, verdict.size, verdict.origin) == (size, size, ORIGIN)


@given(size=some.integers(min_value=1, max_value=40), data=some.data())
def test_any_change_of_any_value_of_an_entry_is_detected(size: int, data: some.DataObject) -> None:
    lines = log(size).export()
    number = data.draw(some.integers(min_value=1, max_value=size))
    at = data.draw(some.sampled_from(list(paths(lines[number]))))
    lines[number] = changed(lines[number], at)
    assert not checked(lines).sound, at


@given(size=some.integers(min_value=2, max_value=40), data=some.data())
def test_any_line_left_out_doubled_or_moved_is_detected(size: int, data: some.DataObject) -> None:
    lines = log(size).export()
    number = data.draw(some.integers(min_value=0, max_value=size + 1))
    kind = data.draw(some.sampled_from(["left out", "doubled", "moved"]))
    line = lines.pop(number)
    if kind == "doubled":
        lines[number:number] = [line, line]
    if kind == "moved":
        other = data.draw(some.integers(min_value=0, max_value=size + 1).filter(lambda to: to != number))
        lines.insert(other, line)
    assert not checked(lines).sound


@given(size=some.integers(min_value=2, max_value=60), data=some.data())
def test_an_earlier_checkpoint_of_any_size_is_compared(size: int, data: some.DataObject) -> None:
    earlier = data.draw(some.integers(min_value=0, max_value=size))
    whole = log(size)
    assert checked(whole.export(), earlier=[whole.note(earlier)]).sound
    if earlier:
        other = Log(earlier).note(earlier)
        assert [each.rule for each in checked(whole.export(), earlier=[other]).findings] == ["rewritten"]


@given(size=some.integers(min_value=1, max_value=40), data=some.data())
def test_single_entries_prove_themselves_and_any_change_is_detected(size: int, data: some.DataObject) -> None:
    positions = data.draw(
        some.lists(some.integers(0, size - 1), unique=True, min_size=1, max_size=5).map(sorted)
    )
    lines = log(size).selection(positions)
    assert checked(lines).sound
    number = data.draw(some.integers(min_value=1, max_value=len(positions)))
    at = data.draw(some.sampled_from(list(paths(lines[number]))))
    lines[number] = changed(lines[number], at)
    assert not checked(lines).sound, at


@pytest.mark.parametrize("mark", ["withheld", "erased"])
def test_an_export_of_the_log_keeps_no_entry_back(mark: str) -> None:
    lines = log(5).export()
    for number in (2, 5):
        kept_back = [*lines]
        kept_back[number] = {"position": number - 1, "leaf": lines[number]["leaf"], mark: True}
        (finding,) = checked(kept_back).findings
        rule = {"withheld": "withheld", "erased": "erased_without_order"}[mark]
        assert (finding.rule, finding.position) == (rule, number - 1)


def test_a_part_of_the_log_is_called_a_part(tmp_path: Path) -> None:
    whole = log(7)
    header = {"format": FORMAT, "kind": "range", "from": 2, "left": whole.over([(0, 2)])}
    footer = {"end": True, "to": 6, "right": whole.over([(6, 7)]), "checkpoint": whole.note(7)}
    export, key = tmp_path / "export.ndjson", tmp_path / "log.pub"
    key.write_text(KEY.verifying.line())

    def said(lines: list[dict]) -> str:
        assert checked(lines).sound
        export.write_text("".join(orjson.dumps(each).decode() + "\n" for each in lines))
        return "\n".join(report(verdict_of(export, key=key, earlier=[], statements=[])))

    assert "a part: entries 2 to 5 of 7, the others unseen" in said([header, *whole.lines[2:6], footer])
    assert "a part" not in said(whole.export())


def test_an_entry_stands_in_a_selection_once_and_in_order() -> None:
    header, first, second, end = log(6).selection([1, 4])
    assert [each.rule for each in checked([header, second, first, end]).findings] == ["order"]
    bare = {name: first[name] for name in ("position", "leaf", "proof")} | {"withheld": True}
    assert checked([header, bare, second, end]).sound
    assert [each.rule for each in checked([header, bare, bare, end]).findings] == ["order"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"position":0,"position":0}', "names a field twice"),
        ('{"position":1.5}', "fraction"),
        ('{"position":NaN}', "fraction"),
        ("[]", "not a JSON object"),
        ("{", "not in the format"),
        ("[" * 100_000, "not in the format"),
        ('{"position":true}', "missing"),
        ('{"position":-1}', "missing"),
        ('{"position":0}', "missing"),
        ('{"position":0,"leaf":"AAAA"}', "not a hash"),
        ('{"position":0,"leaf":"*"}', "not in the format"),
        ('{"sealed":"no note"}', "malformed"),
    ],
)
def test_a_line_that_is_not_in_the_format_is_a_finding_never_a_crash(line: str, why: str) -> None:
    lines = log(3).export()
    lines[1] = line
    verdict = checked(lines)
    assert [each.rule for each in verdict.findings] == ["unreadable"]
    assert why in verdict.findings[0].detail


@pytest.mark.parametrize("lines", [[], ["{}"], ['{"format":"another"}'], [""]])
def test_a_file_of_another_format_is_a_finding(lines: list[str]) -> None:
    assert [each.rule for each in checked(lines).findings] == ["unreadable"]


def test_an_entry_that_stands_in_the_log_twice_is_a_finding() -> None:
    twice = Log(2)
    twice.lines[1] = {**twice.lines[0], "position": 1}
    twice.hashes[1] = twice.hashes[0]
    assert [each.rule for each in checked(twice.export()).findings] == ["doubled"]


def test_a_checkpoint_of_another_log_is_not_compared() -> None:
    other = SigningKey(name="another.example/audit", private=Ed25519PrivateKey.generate())
    keys = [*KEYS, *read_keys(other.verifying.line())]
    note = sign(Checkpoint(origin=other.name, size=1, root=bytes(32)).text(), [other])
    lines = [orjson.dumps(each).decode() for each in log(3).export()]
    assert "another log" in verify(lines, keys=keys, earlier=[note]).findings[0].detail


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "name", "name+00000000+AAAA", KEY.verifying.line().replace("+", "+0", 1)]
)
def test_a_malformed_key_file_is_refused(text: str) -> None:
    with pytest.raises(audit.verifier.Unreadable):
        read_keys(text)


def test_the_folder_stands_by_itself_and_runs_without_the_house(tmp_path: Path) -> None:
    folder = Path(audit.verifier.__file__).parent
    for source in folder.glob("*.py"):
        imported = {
            node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            for node in ast.walk(ast.parse(source.read_text()))
            if (isinstance(node, ast.ImportFrom) and not node.level) or isinstance(node, ast.Import)
        }
        outside = {name.split(".")[0] for name in imported if name} - set(sys.stdlib_module_names)
        assert outside <= {"cryptography"}, source.name
    shutil.copytree(folder, tmp_path / "verifier", ignore=shutil.ignore_patterns("__pycache__"))
    export, key, earlier = tmp_path / "export.ndjson", tmp_path / "log.pub", tmp_path / "earlier"
    export.write_text("".join(orjson.dumps(each).decode() + "\n" for each in log(5).export()))
    key.write_text(KEY.verifying.line() + "\n")
    earlier.write_text(log(5).note(3))

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-s", "-E", "-m", "verifier", *(str(each) for each in arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    sound = run(export, "--key", key, "--earlier", earlier)
    assert (sound.returncode, sound.stdout.splitlines()[-1]) == (0, "SOUND: the log is what was signed")
    export.write_text(export.read_text().replace("mentor", "nobody", 1))
    unsound = run(export, "--key", key)
    assert (unsound.returncode, unsound.stdout.splitlines()[-1]) == (1, "NOT SOUND")
    assert "FOUND changed: entry 0 is not what was sealed" in unsound.stdout
    assert run(tmp_path / "missing", "--key", key).returncode == 2
