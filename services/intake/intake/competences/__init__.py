"""Competences: what a worker is able to assess, on record with its period, so that the right person decides (IN-4)."""
