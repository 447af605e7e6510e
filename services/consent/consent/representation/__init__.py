"""Who decides when a person cannot (CO-3)."""
