"""Gateway: the HTTP API and the web pages; keeps no database."""
