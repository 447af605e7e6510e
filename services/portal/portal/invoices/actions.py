"""What may happen to an invoice on its way to approval (PO-3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.clocks import house_calendar
from chassis.errors import RuleBroken, invalid
from chassis.ids import new_id
from chassis.work import Work
from portal import events
from portal.authorisations.model import Authorisation
from portal.invoices.checks import Served, check, served, tax_of
from portal.invoices.model import BY_FINANCE, CHECKED, DRAFT, HELD, Invoice, InvoiceLine
from portal.money.amounts import CURRENCY, LIMIT, line_amount, total_of
from portal.providers.actions import expect_approved
from portal.providers.model import Provider


class NumberUsed(RuleBroken):
    """A provider numbers each of its invoices differently."""

    code = "invoice_number_used"
    title = "The provider has an invoice with this number already"


def draft(
    work: Work,
    *,
    provider_id: UUID,
    number: str,
    starts_on: date,
    ends_on: date,
    lines: list[dict[str, Any]],
    tax: Decimal | None,
    total: Decimal | None,
) -> Invoice:
    """Write an invoice down; nothing is claimed yet (PO-3).

    What a line leaves out is taken from its authorisation; sums left out are worked out, sums stated are kept
    and checked on submission. Raises ProviderNotApproved, NumberUsed, and NotFound or AccessDenied for an
    authorisation out of the caller's reach.
    """
    provider = work.load(Provider, provider_id)
    expect_approved(provider)
    _expect_number_free(work, provider_id=provider.id, number=number, but=None)
    invoice = Invoice(id=new_id(), provider_id=provider.id, currency=CURRENCY)
    _write(
        work, invoice, number=number, starts_on=starts_on, ends_on=ends_on, lines=lines, tax=tax, total=total
    )
    invoice.enter(DRAFT, by=work.actor.subject, at=work.now)
    work.add(invoice)
    return invoice


def amend(
    work: Work,
    *,
    id: UUID,
    number: str,
    starts_on: date,
    ends_on: date,
    lines: list[dict[str, Any]],
    tax: Decimal | None,
    total: Decimal | None,
) -> Invoice:
    """Write a draft or held invoice anew, whole; what it had claimed is free again (PO-3).

    Raises WrongState once it is checked, NumberUsed, StaleVersion when somebody else changed it meanwhile.
    """
    invoice = work.load(Invoice, id, for_update=True)
    invoice.expect(DRAFT, HELD)
    _expect_number_free(work, provider_id=invoice.provider_id, number=number, but=invoice.id)
    _release(work, invoice)
    invoice.enter(DRAFT, by=work.actor.subject, at=work.now)
    _write(
        work, invoice, number=number, starts_on=starts_on, ends_on=ends_on, lines=lines, tax=tax, total=total
    )
    work.session.flush()
    return invoice


def submit(work: Work, *, id: UUID) -> Invoice:
    """Hand an invoice in: checked line by line, its units are claimed or it is held with reasons (PO-3).

    The authorisations stay locked until the end, in one order for everybody, so that two invoices never share
    the last units. Raises WrongState unless it is a draft or held.
    """
    invoice = work.load(Invoice, id, for_update=True)
    invoice.expect(DRAFT, HELD)
    _release(work, invoice)
    authorisations = _authorisations(work, invoice.lines, for_update=True)
    findings = check(
        invoice,
        authorisations=authorisations,
        claimed=_claimed_before(work, invoice),
        today=house_calendar().day_of(work.now),
    )
    invoice.submitted_by, invoice.submitted_at = work.actor.subject, work.now
    for line, reasons in zip(invoice.lines, findings.lines, strict=True):
        line.reasons = reasons
    work.emit(events.invoice_submitted(invoice))
    if findings.clean:
        for line in invoice.lines:
            authorisations[line.authorisation_id].use(line.units)
            line.claimed = True
        invoice.enter(CHECKED, by=work.actor.subject, at=work.now)
    else:
        invoice.hold(reasons=findings.whole, note=None, by=work.actor.subject, at=work.now)
        work.emit(events.invoice_held(invoice, reasons=findings.codes))
    work.session.flush()
    return invoice


def approve(work: Work, *, id: UUID) -> Invoice:
    """Say that a checked invoice is to be paid; somebody else will release the payment (PO-3, PO-4).

    Raises WrongState unless it is checked, SeparationOfDuties for whoever handed it in.
    """
    invoice = work.load(Invoice, id, for_update=True)
    invoice.approve(by=work.actor.subject, at=work.now)
    work.session.flush()
    work.emit(events.invoice_approved(invoice))
    return invoice


def hold(work: Work, *, id: UUID, reason: str) -> Invoice:
    """Set a checked invoice aside, with words for the provider; its units stay claimed meanwhile (PO-3)."""
    invoice = work.load(Invoice, id, for_update=True)
    invoice.expect(CHECKED)
    invoice.hold(reasons=[BY_FINANCE], note=reason, by=work.actor.subject, at=work.now)
    work.session.flush()
    work.emit(events.invoice_held(invoice, reasons=[BY_FINANCE]))
    return invoice


def _expect_number_free(work: Work, *, provider_id: UUID, number: str, but: UUID | None) -> None:
    same = work.visible(Invoice).where(Invoice.provider_id == provider_id, Invoice.number == number)
    if work.session.scalars(same if but is None else same.where(Invoice.id != but)).first() is not None:
        raise NumberUsed()


def _write(
    work: Work,
    invoice: Invoice,
    *,
    number: str,
    starts_on: date,
    ends_on: date,
    lines: list[dict[str, Any]],
    tax: Decimal | None,
    total: Decimal | None,
) -> None:
    authorisations = _authorisations_of(work, {line["authorisation_id"] for line in lines}, for_update=False)
    for position, stated in enumerate(lines):
        if authorisations[stated["authorisation_id"]].provider_id != invoice.provider_id:
            raise invalid(
                f"/lines/{position}/authorisation_id", "other_provider", "Belongs to another provider."
            )
    invoice.number, invoice.starts_on, invoice.ends_on = number, starts_on, ends_on
    invoice.lines = [
        _line(number, stated, authorisations[stated["authorisation_id"]])
        for number, stated in enumerate(lines, start=1)
    ]
    invoice.subtotal = total_of(line.amount for line in invoice.lines)
    invoice.tax = tax_of(invoice.lines, authorisations) if tax is None else tax
    invoice.total = invoice.subtotal + invoice.tax if total is None else total
    if max(invoice.subtotal, invoice.total) >= LIMIT:
        raise invalid("/lines", "range", "Must come to less than a million millions.")


def _line(number: int, stated: dict[str, Any], authorisation: Authorisation) -> InvoiceLine:
    rate = stated["rate"] if stated["rate"] is not None else authorisation.rate
    amount = stated["amount"]
    return InvoiceLine(
        id=new_id(),
        number=number,
        authorisation_id=authorisation.id,
        service=stated["service"] or authorisation.service,
        served_on=stated["served_on"],
        units=stated["units"],
        rate=rate,
        amount=line_amount(units=stated["units"], rate=rate) if amount is None else amount,
        claimed=False,
        reasons=[],
    )


def _authorisations(
    work: Work, lines: Iterable[InvoiceLine], *, for_update: bool
) -> Mapping[UUID, Authorisation]:
    return _authorisations_of(work, {line.authorisation_id for line in lines}, for_update=for_update)


def _authorisations_of(work: Work, ids: set[UUID], *, for_update: bool) -> Mapping[UUID, Authorisation]:
    """The authorisations by id, loaded in one order so that two who lock them never wait for each other."""
    return {each: work.load(Authorisation, each, for_update=for_update) for each in sorted(ids)}


def _release(work: Work, invoice: Invoice) -> None:
    """Free what the invoice had claimed, because it is about to be written or checked anew."""
    claimed = [line for line in invoice.lines if line.claimed]
    if not claimed:
        return
    authorisations = _authorisations(work, claimed, for_update=True)
    for line in claimed:
        authorisations[line.authorisation_id].release(line.units)
        line.claimed = False
    work.session.flush()


def _claimed_before(work: Work, invoice: Invoice) -> set[Served]:
    """What other invoices claimed under the same authorisations."""
    others = work.session.scalars(
        select(InvoiceLine).where(
            InvoiceLine.authorisation_id.in_({line.authorisation_id for line in invoice.lines}),
            InvoiceLine.invoice_id != invoice.id,
            InvoiceLine.claimed,
        )
    )
    return {served(line) for line in others}
