"""The worklist: what is due, for whom, of everything that a worker or a team keeps (IN-2)."""
