"""Before a common assessment, and with one: the checklist that advises it, and attaching one that exists (IN-12)."""
