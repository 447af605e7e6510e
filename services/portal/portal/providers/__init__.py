"""Providers: contracted organisations and the people who act for them (PO-1, PO-2)."""
