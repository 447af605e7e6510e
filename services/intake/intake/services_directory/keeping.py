"""Keeping HSDS objects and holdings, and putting them together again (IN-11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.ids import new_id
from intake.services_directory.flattening import Flat, Key
from intake.services_directory.model import HsdsHolding, HsdsObject
from intake.services_directory.specification import specification

_AT_ONCE = 2_000


@dataclass
class Kept:
    """What keeping a part of an import has done to objects."""

    created: set[Key] = field(default_factory=set)
    changed: set[Key] = field(default_factory=set)
    unchanged: set[Key] = field(default_factory=set)


def known(session: Session, keys: Collection[Key]) -> dict[Key, HsdsObject]:
    """Those of the objects that are kept already."""
    found: dict[Key, HsdsObject] = {}
    for some in _portions(sorted(keys)):
        rows = session.scalars(
            select(HsdsObject).where(tuple_(HsdsObject.kind, HsdsObject.hsds_id).in_(some))
        )
        found |= {(row.kind, row.hsds_id): row for row in rows}
    return found


def contradictions(flat: Flat, before: dict[Key, HsdsObject], *, run_id: UUID) -> None:
    """Note where an earlier part of the same import said otherwise of an object."""
    for key, own in flat.objects.items():
        earlier = before.get(key)
        if earlier is None or earlier.run_id != run_id:
            continue
        for name, value in own.items():
            if name != "id" and earlier.content.get(name, value) != value:
                flat.wrong(
                    f"{flat.where[key]}/{name}",
                    "contradiction",
                    f"An earlier part of this import says otherwise of this {key[0]}.",
                )


def keep(session: Session, flat: Flat, before: dict[Key, HsdsObject], *, run_id: UUID) -> Kept:
    """Write objects and holdings as this import tells them.

    The first time that an import tells of an object, it replaces what earlier imports said, holdings too; told again
    in the same import, it adds.
    """
    done = Kept()
    fresh = [key for key in flat.objects if key not in before or before[key].run_id != run_id]
    rows = []
    for key, own in flat.objects.items():
        earlier = before.get(key)
        again = earlier is not None and earlier.run_id == run_id
        content = {**earlier.content, **own} if earlier is not None and again else own
        root = key in flat.roots or bool(earlier is not None and again and earlier.root)
        if earlier is None:
            done.created.add(key)
        else:
            (done.unchanged if earlier.content == content else done.changed).add(key)
        rows.append(
            {
                "id": earlier.id if earlier is not None else new_id(),
                "kind": key[0],
                "hsds_id": key[1],
                "content": content,
                "root": root,
                "run_id": run_id,
            }
        )
    _write_objects(session, rows)
    _write_holdings(session, flat, fresh=fresh, run_id=run_id, done=done)
    return done


def nested(session: Session, keys: Sequence[Key]) -> dict[Key, dict[str, Any]]:
    """These objects with all that they hold, as HSDS nests them."""
    holdings = _below(session, keys)
    everything = {*keys, *(held for each in holdings.values() for held in each)}
    contents = {key: row.content for key, row in known(session, everything).items()}
    return {key: _put_together(key, contents, holdings) for key in keys if key in contents}


def holders_of(session: Session, keys: Collection[Key], *, kind: str) -> set[UUID]:
    """The objects of a kind that hold these, directly or through others."""
    found: set[UUID] = set()
    level, seen = set(keys), set(keys)
    while level:
        above: set[Key] = set()
        for some in _portions(sorted(level)):
            rows = session.execute(
                select(HsdsHolding.holder_kind, HsdsHolding.holder_id)
                .where(tuple_(HsdsHolding.kind, HsdsHolding.hsds_id).in_(some))
                .distinct()
            )
            above |= {(row.holder_kind, row.holder_id) for row in rows}
        found |= {holder_id for holder_kind, holder_id in above if holder_kind == kind}
        level = above - seen
        seen |= level
    return found


def forget_what_nothing_holds(session: Session) -> int:
    """Take out objects that stood inside another and do so no longer, with all that only they held."""
    gone = 0
    while taken_out := len(session.execute(_LET_GO).all()):
        session.execute(_LET_GO_HOLDINGS)
        gone += taken_out
    return gone


def _write_objects(session: Session, rows: list[dict[str, Any]]) -> None:
    for some in _portions(rows):
        written = insert(HsdsObject).values(some)
        session.execute(
            written.on_conflict_do_update(
                index_elements=["kind", "hsds_id"],
                set_={
                    "content": written.excluded.content,
                    "root": written.excluded.root,
                    "run_id": written.excluded.run_id,
                },
            )
        )
    session.expire_all()


def _write_holdings(session: Session, flat: Flat, *, fresh: list[Key], run_id: UUID, done: Kept) -> None:
    lost: set[Key] = set()
    for some in _portions(fresh):
        of_these = tuple_(HsdsHolding.holder_kind, HsdsHolding.holder_id).in_(some)
        rows = session.execute(
            delete(HsdsHolding)
            .where(of_these, HsdsHolding.run_id != run_id)
            .returning(
                HsdsHolding.holder_kind,
                HsdsHolding.holder_id,
                HsdsHolding.field,
                HsdsHolding.kind,
                HsdsHolding.hsds_id,
            )
        )
        was = [((row[0], row[1]), row[2], (row[3], row[4])) for row in rows]
        lost |= {holder for holder, name, held in was if held not in flat.holdings.get((holder, name), [])}
    starts = _places(session, [holder for holder, _ in flat.holdings])
    rows_to_write = [
        {
            "id": new_id(),
            "holder_kind": holder[0],
            "holder_id": holder[1],
            "field": name,
            "place": starts.get((holder, name), -1) + 1 + place,
            "kind": held[0],
            "hsds_id": held[1],
            "run_id": run_id,
        }
        for (holder, name), all_held in flat.holdings.items()
        for place, held in enumerate(all_held)
    ]
    for some in _portions(rows_to_write):
        written = insert(HsdsHolding).values(some)
        session.execute(
            written.on_conflict_do_update(
                index_elements=["holder_kind", "holder_id", "field", "kind", "hsds_id"],
                set_={"run_id": written.excluded.run_id},
            )
        )
    done.unchanged -= lost
    done.changed |= lost


def _places(session: Session, holders: Collection[Key]) -> dict[tuple[Key, str], int]:
    """The last place in each field of these objects that is taken."""
    last: dict[tuple[Key, str], int] = {}
    for some in _portions(sorted(set(holders))):
        rows = session.execute(
            select(
                HsdsHolding.holder_kind,
                HsdsHolding.holder_id,
                HsdsHolding.field,
                func.max(HsdsHolding.place),
            )
            .where(tuple_(HsdsHolding.holder_kind, HsdsHolding.holder_id).in_(some))
            .group_by(HsdsHolding.holder_kind, HsdsHolding.holder_id, HsdsHolding.field)
        )
        last |= {((row[0], row[1]), row[2]): int(row[3]) for row in rows}
    return last


def _below(session: Session, keys: Iterable[Key]) -> dict[tuple[Key, str], list[Key]]:
    """All holdings under these objects, level by level, each list in its order."""
    found: dict[tuple[Key, str], list[Key]] = defaultdict(list)
    level, seen = set(keys), set(keys)
    while level:
        below: set[Key] = set()
        for some in _portions(sorted(level)):
            rows = session.execute(
                select(
                    HsdsHolding.holder_kind,
                    HsdsHolding.holder_id,
                    HsdsHolding.field,
                    HsdsHolding.kind,
                    HsdsHolding.hsds_id,
                )
                .where(tuple_(HsdsHolding.holder_kind, HsdsHolding.holder_id).in_(some))
                .order_by(HsdsHolding.place, HsdsHolding.id)
            )
            for holder_kind, holder_id, name, kind, hsds_id in rows:
                found[(holder_kind, holder_id), name].append((kind, hsds_id))
                below.add((kind, hsds_id))
        level = below - seen
        seen |= level
    return found


def _put_together(
    key: Key, contents: dict[Key, dict[str, Any]], holdings: dict[tuple[Key, str], list[Key]]
) -> dict[str, Any]:
    table = specification().tables[key[0]]
    whole = dict(contents[key])
    for name in (*table.many, *table.one):
        held = [
            _put_together(each, contents, holdings)
            for each in holdings.get((key, name), ())
            if each in contents
        ]
        if held:
            whole[name] = held if name in table.many else held[0]
    return whole


def _portions(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))


_LET_GO = text(
    """
    DELETE FROM hsds_objects o WHERE NOT o.root AND NOT EXISTS (
        SELECT 1 FROM hsds_holdings h WHERE h.kind = o.kind AND h.hsds_id = o.hsds_id
    ) RETURNING o.id
    """
)
_LET_GO_HOLDINGS = text(
    """
    DELETE FROM hsds_holdings h WHERE NOT EXISTS (
        SELECT 1 FROM hsds_objects o WHERE o.kind = h.holder_kind AND o.hsds_id = h.holder_id
    )
    """
)
