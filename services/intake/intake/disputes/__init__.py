"""A person, or who acts for them, says that an entry of the directory is wrong; its source answers (IN-9)."""
