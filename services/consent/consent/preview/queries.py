"""What a consent would reveal, told from the lists that decide (CO-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis import contracts, same_person
from chassis.errors import invalid
from chassis.work import Work
from consent.agreements.model import Agreement
from consent.agreements.queries import covering
from consent.directives.model import Consent
from consent.directives.scopes import Part
from consent.directives.standing import tell
from consent.people.actions import register

EARLIER = 20


@dataclass(frozen=True)
class ExplainedCode:
    """A category or purpose in plain words."""

    code: str
    title: str
    meaning: str


@dataclass(frozen=True)
class EarlierDecision:
    """What the person decided before about the same recipient."""

    consent_id: UUID
    person_id: UUID
    decision: str
    state: str
    categories: list[str]
    stands: list[Part]
    recorded_at: datetime


@dataclass(frozen=True)
class Preview:
    """What would open, what would stay closed, why it may be used, and what was decided earlier."""

    person_id: UUID
    recipient: str
    opens: list[ExplainedCode]
    stays_closed: list[ExplainedCode]
    purposes: list[ExplainedCode]
    earlier: list[EarlierDecision]
    agreement: Agreement | None


def preview(
    work: Work,
    *,
    person_id: UUID,
    recipient: str,
    categories: list[str],
    purposes: list[str],
    valid_from: datetime | None,
    valid_until: datetime | None,
) -> Preview:
    """Explain a consent before it is given (CO-2, CO-7): every category is told, those that stay closed too.

    `earlier` holds, of the person's decisions about the recipient, those that the caller may see, on linked records
    too (IN-8); `agreement` is one between the caller's organisation and the recipient that covers it, when there is
    one in force (CO-4). What the records of each service would show, in the period, the gateway asks that service.
    Raises InvalidInput for unknown codes and a period that is over, NotFound for a person who is restricted.
    """
    if valid_until is not None and valid_until <= max(work.now, valid_from or work.now):
        raise invalid("/valid_until", "range", "Must lie after the beginning, and in the future.")
    register.expect(work, [person_id])
    listed = contracts.access_list("categories")
    records = same_person.members(work.session, person_id)
    earlier = work.session.scalars(
        work.visible(Consent)
        .where(Consent.person_id.in_(records), Consent.recipient == recipient)
        .order_by(Consent.id.desc())
        .limit(EARLIER)
    ).all()
    work.saw(earlier)
    tell(work, earlier)
    return Preview(
        person_id=person_id,
        recipient=recipient,
        opens=_explained("categories", categories),
        stays_closed=_explained("categories", [code for code in listed if code not in categories]),
        purposes=_explained("purposes", purposes),
        earlier=[
            EarlierDecision(
                consent_id=each.id,
                person_id=each.person_id,
                decision=each.decision,
                state=each.state,
                categories=each.categories,
                stands=each.stands,
                recorded_at=each.recorded_at,
            )
            for each in earlier
        ],
        agreement=covering(work, recipient=recipient, categories=categories, purposes=purposes),
    )


def _explained(name: str, codes: list[str]) -> list[ExplainedCode]:
    listed = contracts.access_list(name)
    explained = []
    for position, code in enumerate(codes):
        if code not in listed:
            raise invalid(f"/{name}/{position}", "choice", f"Must be one of contracts/access/{name}.yaml.")
        title = listed[code].get("title", code.replace("_", " ").capitalize())
        explained.append(ExplainedCode(code=code, title=title, meaning=listed[code]["description"]))
    return explained
