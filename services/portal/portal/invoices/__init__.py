"""Invoices: drafted, checked line by line, held with reasons or approved (PO-3)."""
