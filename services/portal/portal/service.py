"""The doors of the portal: one line each, no logic."""

from __future__ import annotations

import portal.authorisations.actions as authorisations
import portal.authorisations.queries as authorised
import portal.invoices.actions as invoices
import portal.invoices.queries as invoiced
import portal.payments.actions as payments
import portal.payments.queries as paid
import portal.people.actions as people
import portal.providers.actions as providers
import portal.providers.queries as provided
from chassis import account_links, consented, same_person, sign_ins
from chassis.doors import command, event, health_door, query, reveal_door, why_door
from chassis.schemas import ById
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

# In which view a door shows each kind of record: what *why* and *preview* tell the fields of (CO-7).
_VIEWS = {
    "authorisation": AuthorisationView,
    "invoice": InvoiceView,
    "payment": PaymentView,
    "provider": ProviderView,
    "provider_user": ProviderUserView,
}


class PortalService:
    """Providers, authorisations, invoices and payments (PO-1 to PO-4)."""

    name = "portal"

    apply_provider = command(
        providers.apply, takes=ApplyProvider, gives=ProviderView, permission="portal.provider.apply"
    )
    approve_provider = command(
        providers.approve, takes=ApproveProvider, gives=ProviderView, permission="portal.provider.approve"
    )
    read_provider = query(provided.read, takes=ById, gives=ProviderView, permission="portal.provider.read")
    add_provider_user = command(
        providers.add_user,
        takes=AddProviderUser,
        gives=ProviderUserView,
        permission="portal.provider_user.add",
    )
    list_provider_users = query(
        provided.users,
        takes=ProviderUserSearch,
        gives=ProviderUserPage,
        permission="portal.provider_user.list",
        action="search",
    )

    issue_authorisation = command(
        authorisations.issue,
        takes=IssueAuthorisation,
        gives=AuthorisationView,
        permission="portal.authorisation.issue",
    )
    read_authorisation = query(
        authorised.read, takes=ById, gives=AuthorisationView, permission="portal.authorisation.read"
    )
    list_authorisations = query(
        authorised.search,
        takes=AuthorisationSearch,
        gives=AuthorisationPage,
        permission="portal.authorisation.list",
        action="search",
    )

    draft_invoice = command(
        invoices.draft, takes=DraftInvoice, gives=InvoiceView, permission="portal.invoice.draft"
    )
    amend_invoice = command(
        invoices.amend,
        takes=AmendInvoice,
        gives=InvoiceView,
        permission="portal.invoice.amend",
        versioned=True,
    )
    submit_invoice = command(
        invoices.submit, takes=ById, gives=InvoiceView, permission="portal.invoice.submit"
    )
    read_invoice = query(invoiced.read, takes=ById, gives=InvoiceView, permission="portal.invoice.read")
    list_invoices = query(
        invoiced.search,
        takes=InvoiceSearch,
        gives=InvoicePage,
        permission="portal.invoice.list",
        action="search",
    )
    approve_invoice = command(
        invoices.approve, takes=ById, gives=InvoiceView, permission="portal.invoice.approve"
    )
    hold_invoice = command(
        invoices.hold, takes=HoldInvoice, gives=InvoiceView, permission="portal.invoice.hold"
    )

    schedule_payment = command(
        payments.schedule, takes=SchedulePayment, gives=PaymentView, permission="portal.payment.schedule"
    )
    mark_paid = command(
        payments.mark_paid, takes=MarkPaid, gives=PaymentView, permission="portal.payment.mark_paid"
    )
    list_payments = query(
        paid.search,
        takes=PaymentSearch,
        gives=PaymentPage,
        permission="portal.payment.list",
        action="search",
    )

    why = why_door(_VIEWS)
    preview = reveal_door(_VIEWS)
    health = health_door()

    on_person_recorded = event("intake.person.recorded.v1", do=people.register.recorded)
    on_persons_listed = event("intake.person.listed.v1", do=people.register.listed)
    on_account_linked = event("intake.person.account_linked.v1", do=people.link_account)
    on_account_unlinked = event("intake.person.account_unlinked.v1", do=account_links.unlinked)
    on_people_linked = event("intake.person.linked.v1", do=same_person.followed)
    on_people_unlinked = event("intake.person.unlinked.v1", do=same_person.followed)
    on_case_opened = event("cases.case.opened.v1", do=people.join_case)
    on_member_added = event("cases.member.added.v1", do=people.join_case)

    on_consent_given = event("consent.consent.given.v1", do=consented.given)
    on_consent_refused = event("consent.consent.refused.v1", do=consented.refused)
    on_consent_withdrawn = event("consent.consent.withdrawn.v1", do=consented.withdrawn)
    on_consent_expired = event("consent.consent.expired.v1", do=consented.withdrawn)
    on_withdrawal_declared = event("consent.withdrawal.declared.v1", do=consented.withdrawal_declared)
    on_restriction_placed = event("consent.restriction.placed.v1", do=consented.restriction_placed)
    on_restriction_lifted = event("consent.restriction.lifted.v1", do=consented.restriction_lifted)
    on_emergency_opened = event("consent.emergency.opened.v1", do=consented.emergency_opened)
    on_emergency_ended = event("consent.emergency.ended.v1", do=consented.emergency_ended)
    on_sign_in_removed = event("consent.sign_in.removed.v1", do=sign_ins.removed)
    on_sign_in_ended = event("consent.sign_in.ended.v1", do=sign_ins.ended)
    on_sign_in_restored = event("consent.sign_in.restored.v1", do=sign_ins.restored)
    on_heartbeat = event("consent.heartbeat.sent.v1", do=consented.heartbeat)
