"""Contacts with the client: who, when, where, how long; nothing is overwritten (CA-7)."""
