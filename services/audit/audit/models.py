"""Every table of the service, so that migrations see the whole."""

from audit.entries.model import Entry
from audit.log.model import Divergence, FullTile, Leaf, Node, SealedCheckpoint, Settlement
from audit.stream.model import StreamCursor
from audit.witnesses.model import WitnessAnswer

__all__ = [
    "Divergence",
    "Entry",
    "FullTile",
    "Leaf",
    "Node",
    "SealedCheckpoint",
    "Settlement",
    "StreamCursor",
    "WitnessAnswer",
]
