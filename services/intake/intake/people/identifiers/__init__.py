"""Identifiers that other systems gave a person, by schemes held as data (IN-7)."""
