"""Audit: the append-only Merkle log of who saw and did what."""
