"""What can go wrong while setting up, each with the way to mend it."""

from __future__ import annotations


class Complaint(Exception):
    """Something a person must mend; printed without a stack trace.

    `mend` says in one or two sentences what to do.
    """

    def __init__(self, what: str, *, mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


class ProgramMissing(Complaint):
    """A program is neither installed nor could be unpacked from Debian's packages."""


class NeverReady(Complaint):
    """A process was started but did not become ready in time, or ended again and again."""


class AlreadyRunning(Complaint):
    """Another supervisor already runs the platform of this state folder."""


class NotForProduction(Complaint):
    """A development convenience was asked for with ICM_ENV=production."""


def refuse_production(environment: str | None, *, what: str) -> None:
    """Raise NotForProduction when `environment` (the value of ICM_ENV) is production."""
    if (environment or "").strip().lower() == "production":
        raise NotForProduction(
            f"{what} is for development only and does not start when ICM_ENV=production.",
            mend="In production use deploy/kubernetes or docker-compose.yml with a real OpenID provider.",
        )
