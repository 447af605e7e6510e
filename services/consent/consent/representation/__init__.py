"""Who decides when a person cannot, and what the person laid down beforehand (CO-3)."""
