"""The case: a whole family or one person, its members, when it was opened and closed (CA-1)."""
