"""Preview: what a consent would reveal, told before it is given (CO-7)."""
