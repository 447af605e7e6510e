"""Restrictions: people whose records a normal role does not reach (CO-5)."""
