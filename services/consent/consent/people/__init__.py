"""People: whose own consents a sign-in may read and withdraw (CO-1)."""
