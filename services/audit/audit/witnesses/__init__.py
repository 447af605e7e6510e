"""Witnesses: processes of others that remember the log and cosign what continues it (AU-4)."""
