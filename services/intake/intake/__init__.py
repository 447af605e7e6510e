"""Intake: people, referrals, screening, waiting list and the directory of involvement."""
