"""What is kept apart inside one family: whom it is about, who may see it, and every change of that (CA-1)."""
