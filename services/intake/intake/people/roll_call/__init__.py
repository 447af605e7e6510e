"""Telling everybody whom intake holds to a service that did not follow it from the beginning."""
