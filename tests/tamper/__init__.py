"""A superuser against the audit log: a thousand attempts, and what finds them (AU-4)."""
