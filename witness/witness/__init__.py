"""A witness of transparency logs (C2SP tlog-witness): it remembers, so that nobody can show two pasts (AU-4)."""
