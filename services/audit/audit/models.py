"""Every table of the service, so that migrations see the whole."""

from audit.entries.model import Entry
from audit.log.model import Leaf, Node, SealedCheckpoint
from audit.stream.model import StreamCursor

__all__ = ["Entry", "Leaf", "Node", "SealedCheckpoint", "StreamCursor"]
