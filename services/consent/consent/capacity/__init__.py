"""Capacity: whether a person can decide for themselves at present, asked by the standard's three domains (CO-3)."""
