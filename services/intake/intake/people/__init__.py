"""People: one record for everybody known, shared by all programs, so that nobody is asked twice (IN-7)."""
