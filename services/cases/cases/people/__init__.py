"""Which sign-in belongs to which person, learned from intake: own reach, and who is kept away (CA-1)."""
