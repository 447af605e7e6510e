"""Where a person lives, gets mail or can be found (IN-7)."""
