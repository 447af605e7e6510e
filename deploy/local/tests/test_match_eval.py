"""`icm match-eval` links two lists and says how well; a file that cannot be used is named with line and rule (IN-8)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from icm.__main__ import app

HEADER = (
    "record_id,given_name,family_name,date_of_birth,street,locality,province,postal_code,phone,identifier"
)
LEFT = [
    "a1,Robert,Ashdown,1980-02-03,12 Main St,Victoria,BC,V8V 1A1,250-555-0134,",
    "a2,Ana,Belmonte,1991-07-30,4 Oak Rd,Surrey,BC,V3S 4D5,,",
    "a3,Wei,Cheng,1975-11-05,77 Hill Ave,Kelowna,BC,V1Y 2B3,,",
]
RIGHT = [
    "b1,Bob,Ashdown,1980-03-02,12 Main Street,Victoria,BC,V8V1A1,2505550134,",
    "b2,Belmonte,Ana,1991-07-30,4 Oak Road,Surrey,BC,V3S 4D5,,",
    "b9,Petra,Dunmore,1962-01-17,9 Dock St,Nanaimo,BC,V9R 5T6,,",
]
TRUTH = ["left_id,right_id", "a1,b1", "a2,b2"]


@pytest.fixture
def lists(tmp_path: Path):
    def write(name: str, lines: list[str] | bytes) -> str:
        told = lines if isinstance(lines, bytes) else ("\n".join(lines) + "\n").encode()
        (tmp_path / name).write_bytes(told)
        return str(tmp_path / name)

    return write


def run(*arguments: str):
    return CliRunner().invoke(app, ["match-eval", *arguments])


def link(lists, *, left=None, right=None, truth=None):
    return run(
        lists("left.csv", left if left is not None else [HEADER, *LEFT]),
        lists("right.csv", right if right is not None else [HEADER, *RIGHT]),
        "--truth",
        lists("links.csv", truth if truth is not None else TRUTH),
    )


def result(answer) -> dict[str, float]:
    assert answer.exit_code == 0, answer.output
    told: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return told


def test_the_last_line_is_the_result_as_json(lists):
    told = result(link(lists))
    assert list(told) == ["precision", "recall", "f1", "records_per_s"]
    assert (told["precision"], told["recall"], told["f1"]) == (1.0, 1.0, 1.0)
    assert told["records_per_s"] > 0


def test_order_of_columns_more_columns_a_byte_order_mark_and_crlf_do_not_matter(lists):
    order = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    rows = [line.split(",") for line in [HEADER, *LEFT]]
    turned = [",".join([*(row[at] for at in order), "x"]) for row in rows]
    told = result(link(lists, left=("\ufeff" + "\r\n".join(turned) + "\r\n\r\n").encode()))
    assert (told["precision"], told["recall"]) == (1.0, 1.0)


def test_a_list_linked_with_itself_counts_each_pair_once_in_either_order(lists):
    people = [HEADER, *LEFT, *RIGHT]
    told = result(
        link(lists, left=people, right=people, truth=["left_id,right_id", "b1,a1", "a2,b2", "a3,a3"])
    )
    assert (told["precision"], told["recall"]) == (1.0, 1.0)


def test_lists_without_anybody_and_columns_without_anything_are_linked_too(lists):
    assert result(link(lists, left=[HEADER], truth=TRUTH[:1]))["recall"] == 1.0
    names_only = [HEADER, "b1,Robert,Ashdown,,,,,,,", "b2,,,,,,,,,"]
    assert result(link(lists, right=names_only))["precision"] in (0.0, 1.0)


def test_a_date_that_is_none_is_told_of_and_taken_as_unknown(lists):
    answer = link(lists, left=[HEADER, LEFT[0].replace("1980-02-03", "soon"), *LEFT[1:]])
    assert "left.csv, line 2, column date_of_birth" in answer.stderr
    assert result(answer)["recall"] == 1.0


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (
            {"left": [HEADER.replace(",phone", ""), *LEFT]},
            "left.csv, line 1, column phone: the column is missing",
        ),
        (
            {"left": [HEADER + ",phone", *LEFT]},
            "left.csv, line 1, column phone: the column stands there twice",
        ),
        ({"left": [HEADER, LEFT[0], LEFT[0]]}, "left.csv, line 3, column record_id: must be unique"),
        ({"left": [HEADER, LEFT[0][2:]]}, "left.csv, line 2, column record_id: must not be empty"),
        ({"left": [HEADER, LEFT[0] + ",more"]}, "left.csv, line 2: must have 10 cells"),
        ({"left": [HEADER, 'a1,"open']}, "left.csv, line 2: not CSV"),
        ({"left": b""}, "left.csv, line 1: the first line must name the columns"),
        ({"left": HEADER.encode() + b"\na1,Jos\xe9" + b"," * 8}, "left.csv, line 2: must be UTF-8"),
        ({"left": HEADER.encode("utf-16")}, "left.csv, line 1: must be UTF-8"),
        ({"right": HEADER.encode() + b"\n\0" + b"," * 9}, "right.csv, line 2: must be text"),
        ({"truth": ["left,right", "a1,b1"]}, "links.csv, line 1, column left_id: the column is missing"),
        (
            {"truth": [*TRUTH, "a3,b7"]},
            "links.csv, line 4, column right_id: must be a record_id of right.csv",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_line_column_and_rule(lists, broken, told):
    broken = {
        name: lines.replace(b"\na1", b"\n,") if isinstance(lines, bytes) and b"\n\0" in lines else lines
        for name, lines in broken.items()
    }
    answer = link(lists, **broken)
    assert answer.exit_code == 2
    (line,) = answer.stderr.splitlines()
    assert line.startswith(told)


def test_a_file_that_is_not_there_is_named(lists, tmp_path):
    answer = run(str(tmp_path / "none.csv"), lists("r.csv", [HEADER]), "--truth", lists("t.csv", TRUTH))
    assert (answer.exit_code, answer.stderr.strip()) == (
        2,
        "none.csv: cannot be read: No such file or directory",
    )
