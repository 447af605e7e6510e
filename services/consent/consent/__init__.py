"""Consent: consents, restrictions and emergency access, and the heartbeat that keeps grants alive."""
