"""Fault drills: everything is killed and paused in turn while clients write and read (OP-1, OP-3)."""
