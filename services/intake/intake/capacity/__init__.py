"""Capacity: how many people a program can serve, with whom, and what is done when it is full (IN-6)."""
