"""Who opened my record, as a page and on paper (AU-6)."""
