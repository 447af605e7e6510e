"""Which sign-in belongs to which person, learned from intake: a client's own reach, and who must be kept away (CA-1)."""
