"""Heartbeat: the sign by which other services know that their copy of consent is current (CO-8)."""
