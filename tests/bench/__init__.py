"""Measurements that print one JSON line at the end, to be compared between releases on one machine."""
