"""The wait list: who waits for which program, in what order, and who is offered the next place (IN-6)."""
