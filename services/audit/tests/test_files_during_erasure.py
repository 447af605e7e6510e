"""A file that is being made while something is erased proves itself like any other (AU-4, AU-6, AU-8)."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from audit.log import merkle
from audit.log.keys import signing_keys
from audit.verifier import verify
from icm.audit import app
from services.audit.tests.builders import GIRL, LONG_AGO, SISTER, an_access

pytestmark = pytest.mark.postgres


@pytest.fixture
def pages(call, an_actor) -> Callable[..., Iterator[list[str]]]:
    """`pages("export_entries", limit=2)` are the pages of a file, each asked for when it is wanted."""
    actors = {
        "export_entries": an_actor(subject="auditor", roles=["auditor"], organisation="province"),
        "export_report": an_actor(subject="privacy", roles=["privacy_officer"], organisation="province"),
    }

    def asked(door: str, **about: Any) -> Iterator[list[str]]:
        so_far: dict[str, Any] = {"first": True}
        while True:
            page = call(door, {**about, **so_far}, actor=actors[door]).body
            yield [orjson.dumps(line).decode() for line in page["lines"]]
            if page["next"] is None:
                return
            so_far = {"start": page["next"], "size": page["size"], "first": False}
            so_far |= {"before": page["before"]} if "before" in page else {}

    return asked


def test_a_whole_export_holds_the_order_for_what_was_erased_while_it_was_made(
    told, sealed, order, carry_out, pages, public_keys
) -> None:
    told(*(an_access(at=LONG_AGO, to=(GIRL if each > 3 else SISTER,)) for each in range(8)))
    sealed()
    page = pages("export_entries", limit=3)
    lines = next(page)
    order()
    assert carry_out() == 4
    lines += [line for each in page for line in each]
    verdict = verify(lines, keys=public_keys)
    assert verdict.sound, verdict.findings
    assert (verdict.erased, verdict.unexplained) == (4, 0)
    assert verdict.size > 8, "the file goes on up to a checkpoint that covers the order"


def test_an_export_of_a_former_size_holds_the_order_for_what_was_erased_since(
    told, sealed, order, carry_out, pages, public_keys
) -> None:
    told(an_access(at=LONG_AGO), an_access(at=LONG_AGO, to=(SISTER,)))
    sealed()
    order()
    assert carry_out() == 1
    lines = [line for each in pages("export_entries", size=2) for line in each]
    assert verify(lines, keys=public_keys).sound


def test_an_export_ends_where_it_was_to_end_when_nothing_of_it_was_erased(
    told, sealed, order, carry_out, pages, public_keys
) -> None:
    told(an_access(at=LONG_AGO, to=(SISTER,)))
    sealed()
    told(an_access(at=LONG_AGO))
    sealed()
    order()
    assert carry_out() == 1
    lines = [line for each in pages("export_entries", size=1) for line in each]
    assert verify(lines, keys=public_keys).size == 1


def test_an_export_ends_and_is_found_out_when_somebody_took_away_the_checkpoint_over_an_order(
    told, sealed, order, carry_out, pages, public_keys, database
) -> None:
    told(an_access(at=LONG_AGO), an_access(at=LONG_AGO, to=(SISTER,)))
    sealed()
    order()
    assert carry_out() == 1
    with database.superuser.connect() as superuser:
        superuser.execute(text("SET session_replication_role = replica"))
        superuser.execute(text("DELETE FROM checkpoints WHERE size > 2"))
        superuser.commit()
    first, *others = pages("export_entries", limit=2)
    verdict = verify(first, keys=public_keys)
    assert not others
    assert verdict.unexplained == 1
    assert not verdict.sound


def test_a_report_whose_entries_are_erased_while_it_is_made_is_whole(
    told, sealed, order, carry_out, pages, public_keys
) -> None:
    told(*(an_access(at=LONG_AGO) for _ in range(5)))
    sealed()
    page = pages("export_report", person_id=str(GIRL), limit=2)
    lines = next(page)
    order()
    assert carry_out() == 5
    lines += [line for each in page for line in each]
    verdict = verify(lines, keys=public_keys)
    assert verdict.sound, verdict.findings
    assert verdict.entries == 2


def test_the_command_accepts_a_log_of_which_much_was_erased_and_every_entry_is_proven_still(
    told, sealed, order, carry_out, pages, call, an_actor, tmp_path: Path
) -> None:
    told(*(an_access(at=LONG_AGO, to=(GIRL if each % 3 else SISTER,)) for each in range(300)))
    sealed()
    before = [line for each in pages("export_entries", limit=500) for line in each]
    order()
    assert carry_out() == 200
    auditor = an_actor(subject="auditor", roles=["auditor"], organisation="province")
    leaves = {told["position"]: told["leaf"] for told in map(orjson.loads, before) if "leaf" in told}
    for position in (1, 2, 255, 256, 299):
        proof = call("inclusion_proof", {"position": position}, actor=auditor).body
        path = [b64decode(each) for each in proof["proof"]]
        root = merkle.root_from_inclusion(
            leaf=b64decode(leaves[position]), position=position, size=proof["size"], proof=path
        )
        assert root == b64decode(proof["root"])
    earlier = orjson.loads(before[-1])["checkpoint"]
    lines = [line for each in pages("export_entries", limit=500) for line in each]
    for name, content in (
        ("export.ndjson", "\n".join(lines)),
        ("audit.pub", "\n".join(key.verifying.line() for key in signing_keys())),
        ("earlier", earlier),
    ):
        (tmp_path / name).write_text(content)
    asked = [tmp_path / "export.ndjson", "--key", tmp_path / "audit.pub", "--earlier", tmp_path / "earlier"]
    verdict = CliRunner().invoke(app, ["verify", *map(str, asked)])
    assert verdict.exit_code == 0, verdict.output
    assert "(200 erased" in verdict.output
