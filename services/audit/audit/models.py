"""Every table of the service, so that migrations see the whole."""

from audit.entries.model import Entry
from audit.log.model import Divergence, FullTile, Leaf, Node, SealedCheckpoint, Settlement
from audit.retention.model import ErasureDone, Hold, HoldRelease, OrderedErasure
from audit.stream.model import StreamCursor
from audit.witnesses.model import WitnessAnswer

__all__ = [
    "Divergence",
    "Entry",
    "ErasureDone",
    "FullTile",
    "Hold",
    "HoldRelease",
    "Leaf",
    "Node",
    "OrderedErasure",
    "SealedCheckpoint",
    "Settlement",
    "StreamCursor",
    "WitnessAnswer",
]
