"""Withdrawals at any grain: everything to one recipient, some categories from everybody, or all (CO-1)."""
