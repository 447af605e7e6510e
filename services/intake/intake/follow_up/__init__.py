"""Not eligible is not the end: explained, linked to a service that suits, and followed until confirmed (IN-5)."""
