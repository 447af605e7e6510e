"""Emergency access: a danger that cannot wait opens one person's record, for hours, and is reviewed (CO-6)."""
