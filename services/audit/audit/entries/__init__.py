"""Entries: who saw or did what, once each, in the order in which the log took them (AU-1, AU-5)."""
