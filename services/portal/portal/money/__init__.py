"""Money: exact amounts in CAD, how they are rounded, which tax applies (PO-3)."""
