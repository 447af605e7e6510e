"""Every table of the service, so that migrations see the whole."""

from audit.alerts.model import (
    AccountOfPerson,
    Alert,
    AlertStep,
    ClosedCase,
    FamilyOfCase,
    PersonOfDay,
    WatchCursor,
    WorkerDay,
    WorkerSeen,
)
from audit.entries.model import Entry
from audit.log.model import Divergence, FullTile, Leaf, Node, SealedCheckpoint, Settlement
from audit.retention.model import ErasureDone, Hold, HoldRelease, OrderedErasure
from audit.stream.model import StreamCursor
from audit.witnesses.model import WitnessAnswer

__all__ = [
    "AccountOfPerson",
    "Alert",
    "AlertStep",
    "ClosedCase",
    "Divergence",
    "Entry",
    "ErasureDone",
    "FamilyOfCase",
    "FullTile",
    "Hold",
    "HoldRelease",
    "Leaf",
    "Node",
    "OrderedErasure",
    "PersonOfDay",
    "SealedCheckpoint",
    "Settlement",
    "StreamCursor",
    "WatchCursor",
    "WitnessAnswer",
    "WorkerDay",
    "WorkerSeen",
]
