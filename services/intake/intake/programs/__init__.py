"""Programs, as data: adding one, or a new version of its criteria, needs a file and no code (IN-4, IN-10)."""
