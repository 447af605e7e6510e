"""The directory of involvement: who helps this person and how to reach them, nothing of the case (IN-9)."""
