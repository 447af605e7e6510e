"""Payments: released by somebody other than the approver, on a payment run day, to *paid* (PO-4)."""
