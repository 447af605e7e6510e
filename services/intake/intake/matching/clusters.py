"""Who is one person, decided for all records together (IN-8).

Pair by pair, two records can each resemble a third without being one person: twins, or father and son. So records are
gathered greedily, the most likely first, and two groups become one only while what speaks for it, over all of their
records, outweighs what speaks against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

Edge = tuple[float, int, int]
_LARGEST_GROUP = 80


def gathered(edges: Iterable[Edge], *, bits: Callable[[int, int], float]) -> list[list[int]]:
    """Groups of records, each of two or more.

    `edges` are pairs worth a thought with their posterior log-odds in bits; `bits` tells those of any other pair.
    """
    edges = sorted(edges, key=lambda edge: (-edge[0], edge[1], edge[2]))
    groups = []
    for members, within in _components(edges):
        groups += _contracted(members, within, bits)
    return groups


def _components(edges: list[Edge]) -> list[tuple[list[int], list[Edge]]]:
    parent: dict[int, int] = {}

    def root(node: int) -> int:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for _, i, j in edges:
        a, b = root(i), root(j)
        if a != b:
            parent[max(a, b)] = min(a, b)
    members: dict[int, list[int]] = {}
    for node in sorted(parent):
        members.setdefault(root(node), []).append(node)
    within: dict[int, list[Edge]] = {}
    for edge in edges:
        within.setdefault(root(edge[1]), []).append(edge)
    return [(members[at], within[at]) for at in sorted(members)]


def _contracted(members: list[int], edges: list[Edge], bits: Callable[[int, int], float]) -> list[list[int]]:
    if len(members) == 2:
        return [members] if edges[0][0] > 0 else []
    between: dict[tuple[int, int], float] = {(min(i, j), max(i, j)): weight for weight, i, j in edges}
    if len(members) <= _LARGEST_GROUP:
        for at, i in enumerate(members):
            for j in members[at + 1 :]:
                if (i, j) not in between:
                    between[i, j] = bits(i, j)
    groups = {node: [node] for node in members}
    while between:
        (i, j), weight = max(between.items(), key=lambda entry: (entry[1], -entry[0][0], -entry[0][1]))
        if weight <= 0:
            break
        groups[i] += groups.pop(j)
        merged: dict[tuple[int, int], float] = {}
        for (a, b), each in between.items():
            if (a, b) == (i, j):
                continue
            a, b = (i if a == j else a), (i if b == j else b)
            key = (a, b) if a < b else (b, a)
            merged[key] = merged.get(key, 0.0) + each
        between = merged
    return [sorted(group) for group in groups.values() if len(group) > 1]
