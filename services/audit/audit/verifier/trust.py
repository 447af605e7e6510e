"""Whom a reader trusts: keys of the log, what these say of later keys, and which witnesses must have cosigned.

A trust file is a policy in the form of C2SP tlog-policy, or simply the keys of the log, one a line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .formats import LOG, WITNESS, Head, Key, Unreadable, cosigned_at, read_head, read_key, read_note

STATEMENT = "openicm.org/audit-key/v1"


@dataclass(frozen=True)
class Group:
    """So many of these must have cosigned; a member is a witness or another group, by name."""

    threshold: int
    members: tuple[str, ...]


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
            note = read_note(statement)
            signers = [key for key in self._signers(note.text, note.signatures) if key not in self.ended]
            lines = note.text.split("\n")[:-1]
            if len(lines) < 3 or lines[0] != STATEMENT:
                raise Unreadable("a statement about keys is malformed")
            verb, _, named = lines[2].partition(" ")
            key = read_key(named)
            if not signers or key.name != lines[1] or any(signer.name != key.name for signer in signers):
                continue
            if verb == "next" and len(lines) == 3:
                if key not in self.keys:
                    self.keys.append(key)
            elif verb == "end" and len(lines) == 4 and lines[3].startswith("after "):
                if any(signer != key for signer in signers):
                    after = _number(lines[3].removeprefix("after "))
                    self.ended[key] = min(after, self.ended.get(key, after))
            else:
                raise Unreadable("a statement about keys is malformed")

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
            raise Unreadable(f"only a key that was ended before has signed the checkpoint of {head.size}")
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
    if len(set(trust.witnesses.values())) != len(trust.witnesses):
        raise Unreadable("the policy names a witness twice")
    return trust


def read_keys(text: str) -> list[Key]:
    """The keys of the log in a trust file. Raises Unreadable."""
    return read_trust(text).keys


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
