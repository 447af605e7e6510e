"""People: who may see the services authorised for herself (AU-6)."""
