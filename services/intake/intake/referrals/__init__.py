"""Referrals: who asked for help for whom, what was tried, and the clocks that run (IN-1 to IN-3)."""
