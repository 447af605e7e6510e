"""Screening: is this program for this person, criterion by criterion, under a version that is kept (IN-4)."""
