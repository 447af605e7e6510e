"""Routes to portal: providers and their users, service authorisations, invoices, payments."""

from __future__ import annotations

from chassis.reveal_schemas import RevealAsked, RevealView
from chassis.schemas import ById, WhyAsked, WhyView
from gateway.routes import Routes
from portal.authorisations.schemas import (
    AuthorisationPage,
    AuthorisationSearch,
    AuthorisationView,
    IssueAuthorisation,
)
from portal.invoices.schemas import (
    AmendInvoice,
    DraftInvoice,
    HoldInvoice,
    InvoicePage,
    InvoiceSearch,
    InvoiceView,
)
from portal.payments.schemas import MarkPaid, PaymentPage, PaymentSearch, PaymentView, SchedulePayment
from portal.providers.schemas import (
    AddProviderUser,
    ApplyProvider,
    ApproveProvider,
    ProviderUserPage,
    ProviderUserSearch,
    ProviderUserView,
    ProviderView,
)

routes = Routes("portal", "Providers and their users, service authorisations, invoices, payments.")

# providers
routes.post(
    "/providers",
    "apply_provider",
    "Apply to become a provider",
    takes=ApplyProvider,
    gives=ProviderView,
    permission="portal.provider.apply",
    located="/providers/<id>",
)
routes.get(
    "/providers/<uuid:id>",
    "read_provider",
    "Read a provider",
    takes=ById,
    gives=ProviderView,
    permission="portal.provider.read",
)
routes.post(
    "/providers/<uuid:id>/approval",
    "approve_provider",
    "Approve a provider",
    takes=ApproveProvider,
    gives=ProviderView,
    permission="portal.provider.approve",
)
routes.post(
    "/providers/<uuid:provider_id>/users",
    "add_provider_user",
    "Add somebody who acts for a provider",
    takes=AddProviderUser,
    gives=ProviderUserView,
    permission="portal.provider_user.add",
)
routes.get(
    "/providers/<uuid:provider_id>/users",
    "list_provider_users",
    "List who acts for a provider",
    takes=ProviderUserSearch,
    gives=ProviderUserPage,
    permission="portal.provider_user.list",
)

# authorisations
routes.post(
    "/authorisations",
    "issue_authorisation",
    "Authorise a service for a person",
    takes=IssueAuthorisation,
    gives=AuthorisationView,
    permission="portal.authorisation.issue",
    located="/authorisations/<id>",
)
routes.get(
    "/authorisations",
    "list_authorisations",
    "List service authorisations",
    takes=AuthorisationSearch,
    gives=AuthorisationPage,
    permission="portal.authorisation.list",
)
routes.get(
    "/authorisations/<uuid:id>",
    "read_authorisation",
    "Read a service authorisation",
    takes=ById,
    gives=AuthorisationView,
    permission="portal.authorisation.read",
)

# invoices
routes.post(
    "/invoices",
    "draft_invoice",
    "Draft an invoice",
    takes=DraftInvoice,
    gives=InvoiceView,
    permission="portal.invoice.draft",
    located="/invoices/<id>",
)
routes.get(
    "/invoices",
    "list_invoices",
    "List invoices",
    takes=InvoiceSearch,
    gives=InvoicePage,
    permission="portal.invoice.list",
)
routes.get(
    "/invoices/<uuid:id>",
    "read_invoice",
    "Read an invoice",
    takes=ById,
    gives=InvoiceView,
    permission="portal.invoice.read",
)
routes.put(
    "/invoices/<uuid:id>",
    "amend_invoice",
    "Write an invoice anew",
    takes=AmendInvoice,
    gives=InvoiceView,
    permission="portal.invoice.amend",
    versioned=True,
)
routes.post(
    "/invoices/<uuid:id>/submission",
    "submit_invoice",
    "Submit an invoice",
    takes=ById,
    gives=InvoiceView,
    permission="portal.invoice.submit",
)
routes.post(
    "/invoices/<uuid:id>/approval",
    "approve_invoice",
    "Approve an invoice",
    takes=ById,
    gives=InvoiceView,
    permission="portal.invoice.approve",
)
routes.post(
    "/invoices/<uuid:id>/hold",
    "hold_invoice",
    "Hold an invoice, with a reason",
    takes=HoldInvoice,
    gives=InvoiceView,
    permission="portal.invoice.hold",
)

# payments
routes.post(
    "/payments",
    "schedule_payment",
    "Schedule the payment of an approved invoice",
    takes=SchedulePayment,
    gives=PaymentView,
    permission="portal.payment.schedule",
)
routes.get(
    "/payments",
    "list_payments",
    "List payments",
    takes=PaymentSearch,
    gives=PaymentPage,
    permission="portal.payment.list",
)
routes.post(
    "/payments/<uuid:id>/paid",
    "mark_paid",
    "Record that the bank has paid",
    takes=MarkPaid,
    gives=PaymentView,
    permission="portal.payment.mark_paid",
)

routes.get(
    "/why/portal",
    "why",
    "Explain who can see a record of portal, and why",
    takes=WhyAsked,
    gives=WhyView,
    permission="portal.access.explain",
)
routes.ask(
    "/previews/portal",
    "preview",
    "Show what a consent would open of the records of the portal",
    takes=RevealAsked,
    gives=RevealView,
    permission="portal.access.preview",
)
