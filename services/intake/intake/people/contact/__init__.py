"""Ways to reach a person, and whether they are safe (IN-7)."""
