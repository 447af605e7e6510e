"""Every table of the service, so that migrations see the whole."""

from audit.alerts.model import (
    AccountOfPerson,
    Alert,
    AlertStep,
    ClosedCase,
    Emergency,
    FamilyOfCase,
    PersonFound,
    PersonOfDay,
    WatchCursor,
    WorkerDay,
    WorkerSeen,
)
from audit.entries.model import Entry
from audit.log.model import Divergence, FullTile, Leaf, Node, SealedCheckpoint, Settlement
from audit.retention.model import ErasureDone, Hold, HoldRelease, OrderedErasure
from audit.stream.model import StreamCursor
from audit.trails.model import CaseCourse, RestrictedPerson, TeamPlace
from audit.witnesses.model import WitnessAnswer
from chassis.account_links import ToldAccountLink

__all__ = [
    "AccountOfPerson",
    "Alert",
    "AlertStep",
    "CaseCourse",
    "ClosedCase",
    "Divergence",
    "Emergency",
    "Entry",
    "ErasureDone",
    "FamilyOfCase",
    "FullTile",
    "Hold",
    "HoldRelease",
    "Leaf",
    "Node",
    "OrderedErasure",
    "PersonFound",
    "PersonOfDay",
    "RestrictedPerson",
    "SealedCheckpoint",
    "Settlement",
    "StreamCursor",
    "TeamPlace",
    "ToldAccountLink",
    "WatchCursor",
    "WitnessAnswer",
    "WorkerDay",
    "WorkerSeen",
]
