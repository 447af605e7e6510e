"""Who is who to a person: one row, seen from the sides of both (IN-7)."""
