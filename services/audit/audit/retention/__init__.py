"""How long entries are kept, what holds them, and how their content is erased without breaking the log (AU-8)."""
