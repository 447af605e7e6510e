"""A small OpenID Connect provider for development: no passwords, refuses to start in production."""
