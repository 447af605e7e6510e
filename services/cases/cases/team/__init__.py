"""The team around the family, and its lead: exactly one at any moment, with history (CA-2)."""
