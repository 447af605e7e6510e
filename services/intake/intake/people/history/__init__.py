"""Who amended what on a record and when: kept for good, read by field (IN-7, AU-3)."""
