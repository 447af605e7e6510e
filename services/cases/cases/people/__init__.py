"""Who is on record and which sign-in is theirs, learned from intake: own reach, and who is kept away (CA-1)."""
