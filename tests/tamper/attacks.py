"""The ways of the attacker. Each changes the tables somehow; none says whether it will be found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.tamper.ground import PEOPLE, an_entry
from tests.tamper.means import Means, a_strangers_key, stolen_keys

Attack = Callable[[Means], None]
EDITS: dict[str, Attack] = {}


def attack(do: Attack) -> Attack:
    """Add to the ways that are known."""
    EDITS[do.__name__] = do
    return do


@attack
def edit_what_an_entry_says(m: Means) -> None:
    """Another worker, another outcome, another time, another person, and so on."""
    position = m.place()
    told = m.words(position)
    _edit(told, m)
    m.say(position, told)
    m.cover()


@attack
def edit_what_finds_an_entry(m: Means) -> None:
    """The words stay; the columns by which lists and reports find the entry do not."""
    column, value = m.random.choice(
        [
            ("actor", "'somebody-else'"),
            ("persons", "'{}'"),
            ("cases", "'{00000000-0000-0000-0000-0000000000ff}'"),
            ("outcome", "CASE outcome WHEN 'denied' THEN 'permitted' ELSE 'denied' END"),
            ("service", "'portal-'"),
            ("at", "at + interval '1 day'"),
            ("id", "gen_random_uuid()"),
        ]
    )
    m.do(f"UPDATE entries SET {column} = {value} WHERE position = :p", p=m.place())


@attack
def change_a_salt(m: Means) -> None:
    """With or without making the leaf fit."""
    m.do("UPDATE entries SET salt = sha256(salt) WHERE position = :p", p=m.place())
    m.cover()


@attack
def swap_salts_or_words(m: Means) -> None:
    """Of two entries."""
    one, other = _two(m)
    column = m.random.choice(["salt", "words"])
    m.do(
        f"UPDATE entries e SET {column} = o.{column} FROM entries o"
        " WHERE (e.position, o.position) IN ((:a, :b), (:b, :a))",
        a=one, b=other,
    )  # fmt: skip
    m.cover()


@attack
def change_a_leaf(m: Means) -> None:
    """A bit of a commitment, or the id that stands beside it."""
    position = m.random.randrange(m.size)
    if m.random.random() < 0.3:
        m.do("UPDATE leaves SET entry_id = gen_random_uuid() WHERE position = :p", p=m.place())
        return
    bit = m.random.randrange(256)
    m.do(
        "UPDATE leaves SET commitment = set_bit(commitment, :b, 1 - get_bit(commitment, :b)) WHERE position = :p",
        b=bit, p=position,
    )  # fmt: skip
    if m.random.random() < 0.5:
        m.rebuild_tiles()


@attack
def change_a_tile(m: Means) -> None:
    """A bit of its hashes or of its root, or the tile itself."""
    tiles = list(m.do("SELECT level, index FROM tiles ORDER BY level, index"))
    if not tiles:
        change_a_leaf(m)
        return
    level, index = m.random.choice(tiles)
    at = {"l": level, "i": index}
    way = m.random.randrange(3)
    if way == 0:
        m.do(
            "UPDATE tiles SET hashes = set_bit(hashes, :b, 1 - get_bit(hashes, :b)) WHERE level = :l AND index = :i",
            b=m.random.randrange(8192 * 8), **at,
        )  # fmt: skip
    elif way == 1:
        m.do("UPDATE tiles SET root = sha256(root) WHERE level = :l AND index = :i", **at)
    else:
        m.do("DELETE FROM tiles WHERE level = :l AND index = :i", **at)


@attack
def change_a_checkpoint(m: Means) -> None:
    """Its size, its root, its note, its signature, or who signed it."""
    size = m.random.choice(list(m.do("SELECT size FROM checkpoints ORDER BY size").scalars()))
    way = m.random.randrange(5)
    if way == 0:
        m.do("UPDATE checkpoints SET root = sha256(root) WHERE size = :s", s=size)
    elif way == 1:
        m.do("UPDATE checkpoints SET note = replace(note, 'openicm', 'openlcm') WHERE size = :s", s=size)
    elif way == 2:
        m.do(
            "UPDATE checkpoints SET note = overlay(note placing 'AAAA' from length(note) - 20) WHERE size = :s",
            s=size,
        )
    elif way == 3:
        m.do("UPDATE checkpoints SET size = :n WHERE size = :s", n=m.size + 1 + m.random.randrange(9), s=size)
    else:
        note = m.do("SELECT note FROM checkpoints WHERE size = :s", s=size).scalar_one()
        text_ = note.rpartition("\n\n")[0] + "\n"
        stranger = a_strangers_key()
        forged = f"{text_}\n{stranger.signature_line(text_)}"
        m.do("UPDATE checkpoints SET note = :n WHERE size = :s", n=forged, s=size)


@attack
def delete_what_an_entry_said(m: Means) -> None:
    """Content only, as if it had been erased; perhaps with the marks of an order that nobody gave."""
    first = m.place()
    last = min(first + m.random.randrange(4), m.size - 1)
    m.drop(first, last, tables=["entries"])
    if m.random.random() < 0.5:
        order = m.do("SELECT max(position) FROM entries").scalar_one()
        if last < order:
            m.do(
                "INSERT INTO ordered_erasures VALUES (:o, :f, :l) ON CONFLICT DO NOTHING",
                o=order,
                f=first,
                l=last,
            )
            m.do("INSERT INTO erasures_done VALUES (:o, 1, now()) ON CONFLICT DO NOTHING", o=order)


@attack
def widen_an_order_to_erase(m: Means) -> None:
    """An order that was given is made to cover more, and that is erased."""
    orders = list(m.do("SELECT position FROM entries WHERE words LIKE '%\"erases\"%'").scalars())
    position = m.place()
    if not orders or position >= max(orders):
        delete_what_an_entry_said(m)
        return
    order = max(orders)
    told = m.words(order)
    told["erases"] = [*told["erases"], [position, position]]
    m.say(order, told)
    m.do("INSERT INTO ordered_erasures VALUES (:o, :p, :p) ON CONFLICT DO NOTHING", o=order, p=position)
    if position != order:
        m.drop(position, position, tables=["entries"])
    m.cover()


@attack
def delete_entries(m: Means) -> None:
    """One or some, from the middle; the gap stays or is closed."""
    first = m.random.randrange(m.size)
    count = min(1 + m.random.randrange(4), m.size - first)
    m.drop(first, first + count - 1)
    if m.random.random() < 0.7:
        m.close_gap(first, count)
    m.cover()


@attack
def reorder_entries(m: Means) -> None:
    """Two change places, or a stretch is turned round."""
    if m.random.random() < 0.5:
        one, other = _two(m)
        m.move([(one, other), (other, one)])
    else:
        first = m.random.randrange(m.size - 5)
        last = first + 2 + m.random.randrange(3)
        m.move([(each, first + last - each) for each in range(first, last + 1)])
    m.cover()


@attack
def move_the_sequence(m: Means) -> None:
    """All positions from somewhere on are one higher."""
    first = m.random.randrange(m.size)
    m.move([(each, each + 1) for each in range(first, m.size)])
    m.cover()


@attack
def slip_an_entry_in(m: Means) -> None:
    """A forged access, or a true one a second time."""
    position = m.random.randrange(m.size)
    forged = an_entry(m.random)
    told = m.words(m.place()) if m.random.random() < 0.4 else forged
    m.slip_in(position, told, entry_id=forged["entry_id"])
    m.cover()


@attack
def truncate(m: Means) -> None:
    """The end is cut off, with or without its checkpoints, or everything is."""
    first = m.random.choice([0, m.random.randrange(m.size), max(0, m.size - 1 - m.random.randrange(5))])
    m.drop(first, m.size)
    m.do("DELETE FROM tiles WHERE (index + 1) * power(256, level + 1) > :s", s=first)
    way = m.random.randrange(3)
    if way >= 1:
        m.do("DELETE FROM checkpoints WHERE size > :s", s=first)
        m.do("DELETE FROM witness_answers WHERE size > :s", s=first)
    if way == 2 and first:
        m.reseal_end(keys=stolen_keys())


@attack
def roll_back(m: Means) -> None:
    """Everything as it was at an earlier checkpoint: tables, signatures and cosignatures, all of them true."""
    sizes = list(m.do("SELECT size FROM checkpoints ORDER BY size").scalars())
    size = m.random.choice(sizes[:-1])
    m.drop(size, m.size)
    m.do("DELETE FROM tiles WHERE (index + 1) * power(256, level + 1) > :s", s=size)
    for table in ("checkpoints", "witness_answers"):
        m.do(f"DELETE FROM {table} WHERE size > :s", s=size)
    m.do("DELETE FROM erasures_done WHERE order_position >= :s", s=size)
    m.do("DELETE FROM ordered_erasures WHERE order_position >= :s", s=size)


@attack
def fork(m: Means) -> None:
    """Another history from somewhere on, of the same length or longer, sealed with the stolen key."""
    roll_back(m)
    for _ in range(1 + m.random.randrange(4)):
        for _ in range(1 + m.random.randrange(20)):
            told = an_entry(m.random)
            m.slip_in(m.size, told, entry_id=told["entry_id"])
        m.rebuild_tiles()
        m.reseal_end(keys=stolen_keys())


@attack
def change_a_cosignature(m: Means) -> None:
    """The newest one, which readers are shown: spoiled, taken away, or put in from another checkpoint."""
    newest = m.do("SELECT max(size) FROM checkpoints").scalar_one()
    way = m.random.randrange(3)
    if way == 0:
        m.do(
            "UPDATE witness_answers SET line = overlay(line placing 'AAAA' from length(line) - 20)"
            " WHERE size = :s AND line IS NOT NULL", s=newest,
        )  # fmt: skip
    elif way == 1:
        m.do("DELETE FROM witness_answers WHERE size = :s", s=newest)
    else:
        older = m.do(
            "SELECT line FROM witness_answers WHERE size < :s AND line IS NOT NULL ORDER BY id", s=newest
        )
        lines = list(older.scalars()) or ["nobody\n"]
        m.do(
            "UPDATE witness_answers SET line = :l WHERE size = :s AND line IS NOT NULL",
            l=m.random.choice(lines), s=newest,
        )  # fmt: skip


def _two(m: Means) -> tuple[int, int]:
    one, other = m.place(), m.place()
    while other == one:
        other = m.place()
    return one, other


def _edit(told: dict[str, Any], m: Means) -> None:
    which = m.random.choice(
        ["actor", "outcome", "at", "persons", "door", "purpose", "entry_id", "records", "new"]
    )
    if which == "actor":
        told["actor"]["subject"] += "x"
    elif which == "outcome":
        told["outcome"] = "permitted" if told["outcome"] == "denied" else "denied"
    elif which == "persons":
        told["persons"] = [str(UUID(int=99)), *told["persons"]]
    elif which == "records":
        told["records"] = [{"kind": "case", "id": str(m.random.choice(PEOPLE))}, *told["records"]]
    elif which == "entry_id":
        told["entry_id"] = str(UUID(int=m.random.getrandbits(128), version=4))
    elif which == "new":
        told["remark"] = 1
    else:
        told[which] = f"{told[which]}0"
