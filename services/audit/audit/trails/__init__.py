"""The trail of decisions and actions for each case and person, in the words of the field (AU-3)."""
