"""Accreditation: which outside systems may tell the directory of whom, and until when (IN-9)."""
