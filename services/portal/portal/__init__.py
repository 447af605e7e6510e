"""Portal: providers, service authorisations and invoices."""
