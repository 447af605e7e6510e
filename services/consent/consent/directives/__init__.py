"""Consent directives: what a person agreed to or refused, and what became of it (CO-1, CO-2)."""
