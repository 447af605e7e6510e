"""Outreach: whom workers meet in the street before anybody asked for help for them (IN-3)."""
