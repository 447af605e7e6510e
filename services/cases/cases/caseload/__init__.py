"""Caseloads: how many open cases each worker leads, and telling it (CA-3, IN-6)."""
