"""Reports: who opened a person's record, when and why, for the person and for the custodian (AU-6)."""
