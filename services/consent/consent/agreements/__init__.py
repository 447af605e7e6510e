"""Agreements between organisations on sharing information and working together (CO-4)."""
