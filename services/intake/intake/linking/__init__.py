"""Linking: which records are of one person, as somebody judged it; nothing is merged and nothing is lost (IN-8)."""
