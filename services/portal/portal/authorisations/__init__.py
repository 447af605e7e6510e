"""Service authorisations: what may be delivered to whom, at which rate, how much, until when (PO-3)."""
