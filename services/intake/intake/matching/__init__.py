"""Duplicates: who may be the same person, found while typing, with a reason for each field (IN-8)."""
