"""Every table of the service, so that migrations and policies see the whole."""

from chassis.account_links import ToldAccountLink
from portal.authorisations.model import Authorisation
from portal.invoices.model import Invoice, InvoiceLine, InvoiceStep
from portal.payments.model import Payment
from portal.people.model import PersonInCase, PersonOnRecord
from portal.providers.model import Provider, ProviderUser

__all__ = [
    "Authorisation",
    "Invoice",
    "InvoiceLine",
    "InvoiceStep",
    "Payment",
    "PersonInCase",
    "PersonOnRecord",
    "Provider",
    "ProviderUser",
    "ToldAccountLink",
]
