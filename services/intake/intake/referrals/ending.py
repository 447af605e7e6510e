"""How a referral ends before the program has met the person (IN-1)."""

from __future__ import annotations

from chassis.work import Work
from intake import events
from intake.referrals import deadlines
from intake.referrals.model import Referral


def withdrawn(work: Work, *, referral: Referral, because: str, note: str | None) -> None:
    """It ends because the person no longer waits for it, by a code; nothing more is owed and the end is told.

    The referral is locked. Raises ReferralClosed, ReferralJoined.
    """
    referral.withdraw(because=because, note=note, at=work.now)
    deadlines.nothing_more_owed(work, referral)
    work.emit(events.referral_withdrawn(referral))
