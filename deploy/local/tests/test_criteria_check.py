"""`icm criteria check` tells each fault of a file of criteria with its line, for whoever writes them (IN-4, IN-10)."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from icm.__main__ import app
from intake.programs.shipped import FOLDER


def check(*files: Path):
    return CliRunner().invoke(app, ["criteria", "check", *map(str, files)])


def test_the_shipped_criteria_are_good_and_the_exit_code_says_so():
    result = check(*sorted(FOLDER.glob("*.yaml")))
    assert result.exit_code == 0
    assert "good: income_assistance version example-1" in result.output


def test_every_fault_of_every_file_is_one_line_and_the_exit_code_is_2(tmp_path: Path):
    good = (FOLDER / "bus_pass.example-1.yaml").read_text()
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(
        good.replace("ge: 60", "ge: sixty").replace("in_force_from: 2014-04-01", "in_force_from: 2014-13-01")
    )
    second.write_bytes(b"program: \xff")
    result = check(first, second, tmp_path / "third.yaml")
    lines = result.output.splitlines()
    assert result.exit_code == 2
    place = 1 + good.splitlines().index("in_force_from: 2014-04-01")
    assert lines[0] == f"{first}:{place}: no calendar has the day 2014-13-01"
    assert any(
        line.startswith(f"{first}:") and "compared with a number, not 'sixty'" in line for line in lines
    )
    assert f"{second}:1: not UTF-8 text" in lines
    assert any(line.startswith(f"{tmp_path / 'third.yaml'}:1: cannot be read") for line in lines)


def test_a_good_file_beside_a_bad_one_is_said_to_be_good(tmp_path: Path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("")
    result = check(FOLDER / "bus_pass.example-1.yaml", bad)
    assert result.exit_code == 2
    assert "good: bus_pass" in result.output and f"{bad}:1: the file is empty" in result.output
