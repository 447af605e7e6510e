"""What the record tells by itself, so that nobody is asked: facts that every rule may use (IN-4, IN-7)."""

from __future__ import annotations

from decimal import Decimal

from intake.programs.criteria import Choice, Fact, Words
from intake.referrals.schemas import PRIORITIES, SOURCES

OLDEST = 150


def _choices(codes: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(code, Words(code.replace("_", " "), code.replace("_", " "))) for code in codes)


DERIVED: dict[str, Fact] = {
    fact.code: fact
    for fact in (
        Fact(
            code="age",
            kind="age",
            question=Words(
                "Age in whole years, from the date of birth", "Âge révolu, selon la date de naissance"
            ),
            lowest=Decimal(0),
            highest=Decimal(OLDEST),
            unit="years",
            derived=True,
        ),
        Fact(
            code="referral_source",
            kind="code",
            question=Words("Who made the referral", "Source de l'orientation"),
            choices=_choices(SOURCES),
            derived=True,
        ),
        Fact(
            code="referral_priority",
            kind="code",
            question=Words("Priority of the referral", "Priorité de l'orientation"),
            choices=_choices(PRIORITIES),
            derived=True,
        ),
        Fact(
            code="served_before",
            kind="boolean",
            question=Words(
                "Whether the program has served the person before",
                "Si le programme a déjà servi la personne",
            ),
            derived=True,
        ),
        Fact(
            code="returning_in_crisis",
            kind="boolean",
            question=Words(
                "Whether a discharged client returns in crisis",
                "Si un ancien client revient en situation de crise",
            ),
            derived=True,
        ),
        Fact(
            code="no_fixed_address",
            kind="boolean",
            question=Words("Whether the person has no fixed address", "Si la personne est sans adresse fixe"),
            derived=True,
        ),
    )
}
