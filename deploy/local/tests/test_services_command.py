"""`icm services` reads HSDS files of any size, tells each fault before anything is sent, and parts them (IN-11)."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

from icm.__main__ import app
from icm.complaints import Complaint
from icm.exchanging import PART_BYTES, PART_OBJECTS, parts_of
from icm.reading_hsds import Writer, objects_in


def service(number: int, **told: Any) -> dict[str, Any]:
    return {"id": str(UUID(int=number)), "name": f"Abri nº {number} 🏠", "status": "active", **told}


def written(tmp_path: Path, content: Any) -> Path:
    file = tmp_path / "directory.json"
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return file


def check(file: Path) -> tuple[int, list[str]]:
    result = CliRunner().invoke(app, ["services", "check", str(file)])
    return result.exit_code, result.output.splitlines()


def test_a_good_file_is_said_to_be_good(tmp_path):
    code, said = check(written(tmp_path, {"hsds_version": "3.1", "services": [service(1), service(2)]}))
    assert (code, said) == (0, [f"{tmp_path / 'directory.json'}: good"])


def test_each_fault_is_told_with_its_place_in_the_whole_file(tmp_path):
    content = {
        "services": [service(1), service(2, status="open"), {"name": "No id"}],
        "organizations": [{"id": str(UUID(int=9)), "name": "Society"}],
        "shops": [],
    }
    code, said = check(written(tmp_path, content))
    assert code == 2
    assert [line.split(": ")[:2] for line in said] == [
        ["/services/1/status", "choice"],
        ["/services/2/id", "required"],
        ["/services/2/status", "required"],
        ["/organizations/0/description", "required"],
    ]


@pytest.mark.parametrize(
    "content", [b"", b"[", b'{"services": [}', b'{"services": []} x', b"7", b'{"a" 1}', b"\xff\xfe", b'["a']
)
def test_a_file_that_is_no_json_is_a_complaint(tmp_path, content):
    file = tmp_path / "directory.json"
    file.write_bytes(content)
    with pytest.raises(Complaint):
        list(objects_in(file))


def test_a_file_that_is_not_there_is_a_complaint(tmp_path):
    with pytest.raises(Complaint):
        list(objects_in(tmp_path / "nowhere.json"))


@pytest.mark.parametrize("indent", [None, 2])
def test_objects_are_read_whole_wherever_a_piece_of_the_file_ends(tmp_path, indent):
    content = {
        "services": [service(n, description="é" * (n * 37 % 5000)) for n in range(200)],
        "total_items": 12,
    }
    file = tmp_path / "directory.json"
    file.write_text(json.dumps(content, ensure_ascii=False, indent=indent), encoding="utf-8")
    read = [told for name, place, told in objects_in(file) if place >= 0]
    assert read == content["services"]


def test_parts_fit_into_a_request_and_what_is_referred_to_goes_first(tmp_path):
    content = {
        "phones": [{"id": str(UUID(int=1)), "number": "1"}],
        "services": [service(n, description="x" * 15_000) for n in range(250)],
        "organizations": [{"id": str(UUID(int=2)), "name": "S", "description": "D"}],
    }
    parts = list(parts_of(written(tmp_path, content)))
    assert [next(iter(part)) for part in (parts[0], parts[1], parts[-1])] == [
        "organizations",
        "services",
        "phones",
    ]
    for part in parts:
        (listed,) = part.values()
        assert len(listed) <= PART_OBJECTS
        assert len(listed) == 1 or len(json.dumps(listed, ensure_ascii=False)) <= PART_BYTES * 1.1
    assert sum(len(part.get("services", [])) for part in parts) == 250


def test_ten_thousand_services_are_parted_in_little_memory(tmp_path):
    file = tmp_path / "directory.json"
    with file.open("w", encoding="utf-8") as opened:
        writer = Writer(opened, version="3.1")
        for number in range(10_000):
            writer.write("services", service(number, description="A place to stay. " * 100))
        writer.end()
    assert file.stat().st_size > 15_000_000
    tracemalloc.start()
    count = sum(len(part["services"]) for part in parts_of(file))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 10_000
    assert peak < 6_000_000


def test_what_is_written_is_read_again():
    opened = io.StringIO()
    writer = Writer(opened, version="3.1")
    for name, told in (("organizations", {"id": "1"}), ("services", {"id": "2"}), ("services", {"id": "3"})):
        writer.write(name, told)
    writer.end()
    assert json.loads(opened.getvalue()) == {
        "hsds_version": "3.1",
        "organizations": [{"id": "1"}],
        "services": [{"id": "2"}, {"id": "3"}],
    }
    empty = io.StringIO()
    Writer(empty, version="3.1").end()
    assert json.loads(empty.getvalue()) == {"hsds_version": "3.1"}
