"""What is checked of an invoice before anybody pays: line by line, then the sums (PO-3).

Pure: everything it needs is given. A reason is a code that the provider can act on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from portal.authorisations.model import Authorisation
from portal.invoices.model import Invoice, InvoiceLine
from portal.money.amounts import line_amount, total_of
from portal.money.taxes import tax_on

Served = tuple[UUID, date, str]

SERVICE_NOT_AUTHORISED = "service_not_authorised"
OUTSIDE_AUTHORISED_PERIOD = "outside_authorised_period"
OUTSIDE_INVOICE_PERIOD = "outside_invoice_period"
IN_THE_FUTURE = "in_the_future"
RATE_DIFFERS = "rate_differs"
AMOUNT_DIFFERS = "amount_differs"
DUPLICATE = "duplicate"
UNITS_EXCEEDED = "units_exceeded"
TAX_DIFFERS = "tax_differs"
TOTAL_DIFFERS = "total_differs"
LINES_HELD = "lines_held"


@dataclass(frozen=True)
class Findings:
    """What is wrong: for each line, in order, and with the invoice as a whole. Empty lists: all is right."""

    lines: list[list[str]]
    whole: list[str]

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.whole

    @property
    def codes(self) -> list[str]:
        """Every reason once, in order of name."""
        return sorted({code for reasons in (*self.lines, self.whole) for code in reasons})


def served(line: InvoiceLine) -> Served:
    """What must not be claimed twice: the service of a day under an authorisation."""
    return line.authorisation_id, line.served_on, line.service


def check(
    invoice: Invoice,
    *,
    authorisations: Mapping[UUID, Authorisation],
    claimed: Collection[Served],
    today: date,
) -> Findings:
    """Check an invoice against its authorisations; `claimed` is what other invoices claimed before.

    Units are counted down line after line, so that the first lines fit and the one too many is named.
    """
    left = {each.id: each.units_left for each in authorisations.values()}
    taken = set(claimed)
    lines: list[list[str]] = []
    for line in invoice.lines:
        authorisation = authorisations[line.authorisation_id]
        reasons = _line_reasons(line, authorisation, invoice=invoice, today=today)
        if served(line) in taken:
            reasons.append(DUPLICATE)
        if line.units > left[authorisation.id]:
            reasons.append(UNITS_EXCEEDED)
        else:
            left[authorisation.id] -= line.units
        taken.add(served(line))
        lines.append(reasons)
    return Findings(lines=lines, whole=_whole_reasons(invoice, authorisations, any_line=any(lines)))


def _line_reasons(
    line: InvoiceLine, authorisation: Authorisation, *, invoice: Invoice, today: date
) -> list[str]:
    found = [
        (line.service != authorisation.service, SERVICE_NOT_AUTHORISED),
        (not authorisation.covers(line.served_on), OUTSIDE_AUTHORISED_PERIOD),
        (not invoice.starts_on <= line.served_on <= invoice.ends_on, OUTSIDE_INVOICE_PERIOD),
        (line.served_on > today, IN_THE_FUTURE),
        (line.rate != authorisation.rate, RATE_DIFFERS),
        (line.amount != line_amount(units=line.units, rate=line.rate), AMOUNT_DIFFERS),
    ]
    return [reason for wrong, reason in found if wrong]


def _whole_reasons(
    invoice: Invoice, authorisations: Mapping[UUID, Authorisation], *, any_line: bool
) -> list[str]:
    found = [
        (any_line, LINES_HELD),
        (invoice.tax != tax_of(invoice.lines, authorisations), TAX_DIFFERS),
        (
            invoice.subtotal != total_of(line.amount for line in invoice.lines)
            or invoice.total != invoice.subtotal + invoice.tax,
            TOTAL_DIFFERS,
        ),
    ]
    return [reason for wrong, reason in found if wrong]


def tax_of(lines: Collection[InvoiceLine], authorisations: Mapping[UUID, Authorisation]) -> Decimal:
    """The tax that applies to these lines on their days."""
    return tax_on((authorisations[line.authorisation_id].tax, line.served_on, line.amount) for line in lines)
