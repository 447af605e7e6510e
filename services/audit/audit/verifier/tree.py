"""The Merkle tree of RFC 6962 as a reader needs it: a growing right edge, and the check of an audit path."""

from __future__ import annotations

from hashlib import sha256

from .formats import Head, Unreadable


class Edge:
    """The right edge of a growing tree: a stack of full subtrees, larger ones below."""

    def __init__(self) -> None:
        self.size = 0
        self._stack: list[tuple[int, bytes]] = []

    def add(self, level: int, subtree: bytes) -> None:
        """Put a full subtree of 2**level leaves at the right. Raises Unreadable where it cannot stand."""
        if self.size % (1 << level):
            raise Unreadable("a subtree does not fit where it is put")
        self.size += 1 << level
        stack = self._stack
        while stack and stack[-1][0] == level:
            subtree = sha256(b"\x01" + stack.pop()[1] + subtree).digest()
            level += 1
        stack.append((level, subtree))

    def root(self) -> bytes:
        """The root of the tree as it stands."""
        if not self._stack:
            return sha256(b"").digest()
        root = self._stack[-1][1]
        for _, left in reversed(self._stack[:-1]):
            root = sha256(b"\x01" + left + root).digest()
        return root


def levels(start: int, end: int) -> list[int]:
    """The levels of the fewest full subtrees that cover the leaves [start, end), from the left."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        found.append(level)
        start += 1 << level
    return found


def is_included(leaf: bytes, *, position: int, head: Head, proof: list[bytes]) -> bool:
    """RFC 9162, 2.1.3.2: whether the proof leads from the leaf to the root of the checkpoint."""
    if position >= head.size:
        return False
    node, last, root = position, head.size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            root = sha256(b"\x01" + sibling + root).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = sha256(b"\x01" + root + sibling).digest()
        node, last = node >> 1, last >> 1
    return last == 0 and root == head.root
