"""Whom a reader trusts: keys of the log, what these say of later keys, and which witnesses must have cosigned.

A trust file is a policy in the form of C2SP tlog-policy, or simply the keys of the log, one a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from .formats import LOG, WITNESS, Head, Key, Note, Unreadable, cosigned_at, read_head, read_key, read_note

STATEMENT = "openicm.org/audit-key/v1"


class EndedBefore(Unreadable):
    """What signed a checkpoint counts for smaller ones only: it proves nothing, and nothing against the log."""


@dataclass(frozen=True)
class Group:
    """So many of these must have cosigned; a member is a witness or another group, by name."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """What a note says of a key: that it is the next one, or that it counts up to the size `after` only."""

    note: Note
    key: Key
    after: int | None


@dataclass
class Trust:
    """Keys and quorum. `ended` holds the keys that count for checkpoints of up to a size only."""

    keys: list[Key]
    witnesses: dict[str, Key] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str = "none"
    ended: dict[Key, int] = field(default_factory=dict)

    def learn(self, statements: Iterable[str]) -> None:
        """Follow what trusted keys say of other keys, in order; what strangers say is passed over.

        Raises Unreadable for a statement that is malformed or falsely signed.
        """
        for statement in statements:
            self._counts_from_now_on(_read_statement(statement))

    def follow(self, statements: Iterable[str]) -> None:
        """Follow statements that the reader got by another way than the log, whatever their order.

        Such a statement is not passed over: raises Unreadable also when one ends a key that is trusted and nobody else
        who is trusted has signed it, for it would end nothing.
        """
        waiting = [_read_statement(statement) for statement in statements]
        while left := [each for each in waiting if not self._counts_from_now_on(each)]:
            if len(left) == len(waiting):
                break
            waiting = left
        for each in left:
            if each.after is not None and each.key in self.keys:
                raise Unreadable(
                    f"nobody else whom you trust has signed that the key {each.key.key_id.hex()} is ended:"
                    " pass the statement that names the signer too"
                )

    def _counts_from_now_on(self, said: Statement) -> bool:
        """Do what a statement says, if a key that counts has signed it; says whether."""
        signers = [
            key for key in self._signers(said.note.text, said.note.signatures) if key not in self.ended
        ]
        if not signers or any(signer.name != said.key.name for signer in signers):
            return False
        if said.after is None:
            if said.key not in self.keys:
                self.keys.append(said.key)
            return True
        if all(signer == said.key for signer in signers):
            return False
        self.ended[said.key] = min(said.after, self.ended.get(said.key, said.after))
        return True

    def checkpoint(self, text: str) -> tuple[Head, dict[str, int]]:
        """What a checkpoint says, and when which known witness cosigned it, once a trusted key has signed it.

        Raises Unreadable when none has, or when a signature of a known key is false.
        """
        note = read_note(text)
        head = read_head(note.text)
        signers = [key for key in self._signers(note.text, note.signatures) if key.name == head.origin]
        if not signers:
            raise Unreadable(f"no key that you trust has signed the checkpoint of {head.origin}")
        if all(head.size > self.ended.get(key, head.size) for key in signers):
            raise EndedBefore(f"only a key that was ended before has signed the checkpoint of {head.size}")
        known = {(key.name, key.key_id): name for name, key in self.witnesses.items()}
        seen: dict[str, int] = {}
        for signer, raw in note.signatures:
            witness = known.get((signer, raw[:4]))
            if witness is None:
                continue
            at = cosigned_at(raw, key=self.witnesses[witness], text=note.text)
            if at is None:
                raise Unreadable(f"the cosignature of {witness} on the checkpoint of {head.size} is false")
            seen[witness] = max(at, seen.get(witness, at))
        return head, seen

    def is_witnessed(self, by: Iterable[str]) -> bool:
        """Whether these witnesses are as many as the quorum asks for."""
        return self.quorum == "none" or self._counts(self.quorum, set(by))

    def _counts(self, name: str, by: set[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in by
        return sum(self._counts(member, by) for member in group.members) >= group.threshold

    def _signers(self, text: str, signatures: Iterable[tuple[str, bytes]]) -> list[Key]:
        known = {(key.name, key.key_id): key for key in self.keys}
        signers = []
        for name, raw in signatures:
            key = known.get((name, raw[:4]))
            if key is None:
                continue
            if not key.verify(raw[4:], text.encode()):
                raise Unreadable("a signature on the checkpoint is false")
            signers.append(key)
        return signers


def statements_in(text: str) -> list[str]:
    """The statements in a file: one note, or a line of JSON for each, as the history beside the key file has them.

    Raises Unreadable or ValueError.
    """
    if not text.startswith('"'):
        return [text]
    found = [json.loads(line) for line in text.splitlines() if line]
    if not all(isinstance(each, str) for each in found):
        raise Unreadable("a file of statements holds something else")
    return found


def read_trust(text: str) -> Trust:
    """The trust in a file: tlog-policy lines, or bare keys of the log. Raises Unreadable."""
    trust = Trust(keys=[])
    quorums = 0
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "log" and len(words) in (2, 3):
            trust.keys.append(_kind(read_key(words[1]), LOG))
        elif words[0] == "witness" and len(words) in (3, 4):
            _new_name(trust, words[1])
            trust.witnesses[words[1]] = _kind(read_key(words[2]), WITNESS)
        elif words[0] == "group" and len(words) > 3:
            _new_name(trust, words[1])
            trust.groups[words[1]] = _group(trust, words[2], words[3:])
        elif words[0] == "quorum" and len(words) == 2:
            quorums += 1
            if words[1] != "none" and words[1] not in trust.witnesses and words[1] not in trust.groups:
                raise Unreadable(f"the policy: {words[1]} is not defined above the quorum")
            trust.quorum = words[1]
        elif len(words) == 1:
            trust.keys.append(_kind(read_key(words[0]), LOG))
        else:
            raise Unreadable(f"the policy: a line begins with {words[0]}")
    if not trust.keys:
        raise Unreadable("the key file holds no key")
    if quorums > 1 or (trust.witnesses and not quorums):
        raise Unreadable("the policy must have exactly one quorum line")
    if len({key.public for key in trust.witnesses.values()}) != len(trust.witnesses):
        raise Unreadable("the policy names a witness twice")
    return trust


def read_keys(text: str) -> list[Key]:
    """The keys of the log in a trust file. Raises Unreadable."""
    return read_trust(text).keys


def _read_statement(text: str) -> Statement:
    note = read_note(text)
    lines = note.text.split("\n")[:-1]
    if len(lines) < 3 or lines[0] != STATEMENT:
        raise Unreadable("a statement about keys is malformed")
    verb, _, named = lines[2].partition(" ")
    key = _kind(read_key(named), LOG)
    if key.name != lines[1]:
        raise Unreadable("a statement about keys names the key of another log")
    if verb == "next" and len(lines) == 3:
        return Statement(note=note, key=key, after=None)
    if verb == "end" and len(lines) == 4 and lines[3].startswith("after "):
        return Statement(note=note, key=key, after=_number(lines[3].removeprefix("after ")))
    raise Unreadable("a statement about keys is malformed")


def _kind(key: Key, kind: int) -> Key:
    if key.kind != kind:
        raise Unreadable("a key of a log and one of a witness were taken for each other")
    return key


def _new_name(trust: Trust, name: str) -> None:
    if name == "none" or name in trust.witnesses or name in trust.groups:
        raise Unreadable(f"the policy: the name {name} is taken")


def _group(trust: Trust, asked: str, members: list[str]) -> Group:
    taken = {member for group in trust.groups.values() for member in group.members}
    for member in members:
        if member in taken or (member not in trust.witnesses and member not in trust.groups):
            raise Unreadable(f"the policy: {member} is not defined above its group, or stands in two")
        taken.add(member)
    threshold = {"any": 1, "all": len(members)}.get(asked) or _number(asked)
    if not 1 <= threshold <= len(members):
        raise Unreadable("the policy: a group asks for more members than it has")
    return Group(threshold=threshold, members=tuple(members))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or str(int(text)) != text:
        raise Unreadable("a number is malformed")
    return int(text)
