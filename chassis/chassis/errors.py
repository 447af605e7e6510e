"""One taxonomy of errors, from a broken rule in an action to the problem document that a client reads (GW-1).

Every refusal in the house is a `Problem`: a stable code, a title that names the rule, an HTTP status, and pointers
to the fields concerned. A problem crosses the wire as that and nothing else: no class path, no stack, no personal data.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """One field that breaks one rule. `pointer` is a JSON pointer into the body, `query/<name>` or `header/<name>`."""

    pointer: str
    rule: str
    detail: str


class Problem(Exception):
    """A refusal with a name. Subclasses set `status`, `code` and `title`; `detail` never holds personal data."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "problem"
    title: ClassVar[str] = "The request could not be carried out"

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: list[FieldError] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = errors or []
        self.retry_after = retry_after

    def to_wire(self) -> dict[str, Any]:
        """The problem as JSON-ready data: status, code, title, and detail, errors and retry_after where present."""
        wire: dict[str, Any] = {"status": self.status, "code": self.code, "title": self.title}
        if self.detail:
            wire["detail"] = self.detail
        if self.errors:
            wire["errors"] = [asdict(error) for error in self.errors]
        if self.retry_after is not None:
            wire["retry_after"] = self.retry_after
        return wire

    @staticmethod
    def from_wire(wire: dict[str, Any]) -> Problem:
        """The problem that another process reported; an unknown code keeps its status, code and title."""
        known = _BY_CODE.get(wire.get("code", ""))
        if known is None:
            known = type(
                "ReportedProblem",
                (Problem,),
                {
                    "status": int(wire.get("status", 500)),
                    "code": str(wire.get("code", "problem")),
                    "title": str(wire.get("title", "")),
                },
            )
        return known(
            wire.get("detail"),
            errors=[FieldError(**error) for error in wire.get("errors", [])],
            retry_after=wire.get("retry_after"),
        )


class Malformed(Problem):
    """Not JSON, or not the kind of request that is expected."""

    status = 400
    code = "malformed"
    title = "The request is not well formed"


class Unauthenticated(Problem):
    """No token, or one that does not hold."""

    status = 401
    code = "unauthenticated"
    title = "A valid access token is needed"


class SignInRemoved(Unauthenticated):
    """The token is good and its sign-in was removed: it counts no more, whenever it was issued (CO-9)."""

    code = "sign_in_removed"
    title = "This sign-in was removed and counts no more"


class SignInEnded(Unauthenticated):
    """The token is good and was issued before its sign-in, or its session, was ended: a new sign-in counts (CO-9)."""

    code = "sign_in_ended"
    title = "This sign-in has ended and counts no more"


class LogoutRefused(Problem):
    """What claims to be the provider's word that somebody signed out is not (OpenID Connect Back-Channel Logout)."""

    status = 400
    code = "logout_refused"
    title = "The logout token does not hold"


class PermissionMissing(Problem):
    """None of the caller's roles holds the permission that the door asks for."""

    status = 403
    code = "permission_missing"
    title = "Your role does not include this action"


class AccessDenied(Problem):
    """The caller holds no live grant on this record for what was asked (CO-9)."""

    status = 403
    code = "access_denied"
    title = "You have no grant for this record"


class ConsentNotCurrent(AccessDenied):
    """A consent would open the record, and whether it still stands is not known here just now (CO-8).

    Told only to whoever holds such a grant; everybody else is told what they always are. `retry_after` says when to
    ask again.
    """

    code = "consent_not_current"
    title = "Whether the consent still stands is not known just now"


class NotFound(Problem):
    """Unknown, or so private that even existence is not told (CO-5)."""

    status = 404
    code = "not_found"
    title = "There is no such record"


class Conflict(Problem):
    """Another writer was first."""

    status = 409
    code = "conflict"
    title = "The request conflicts with the present state"


class StillRunning(Problem):
    """The same command is being carried out at this moment."""

    status = 409
    code = "still_running"
    title = "The first request with this idempotency key is still running"


class RuleBroken(Problem):
    """A rule of case work forbids the step. Services subclass this and name the rule."""

    status = 409
    code = "rule_broken"
    title = "A rule forbids this step"


class StaleVersion(Problem):
    """If-Match names a version that is no longer the newest."""

    status = 412
    code = "stale_version"
    title = "The record has changed since you read it"


class TooLarge(Problem):
    """The body is over the limit."""

    status = 413
    code = "too_large"
    title = "The request is too large"


class InvalidInput(Problem):
    """Each wrong field is named with the rule that it breaks."""

    status = 422
    code = "invalid_input"
    title = "Some fields break a rule"


class KeyReused(Problem):
    """An idempotency key belongs to one request."""

    status = 422
    code = "idempotency_key_reused"
    title = "This idempotency key was used with another request"


class VersionRequired(Problem):
    """A change needs the version that it is based on."""

    status = 428
    code = "version_required"
    title = "Send If-Match with the version that you read"


class TooMany(Problem):
    """The caller has used up the rate for now; `retry_after` says when to come back."""

    status = 429
    code = "too_many_requests"
    title = "Too many requests"


class InternalFault(Problem):
    """Our own mistake. The cause is in the log under the trace id, never in the answer."""

    status = 500
    code = "internal_fault"
    title = "Something failed on our side"


class Unavailable(Problem):
    """Try again after `retry_after` seconds; nothing was done, or a repeat with the same key is safe."""

    status = 503
    code = "unavailable"
    title = "The service is not available just now"


class DeadlineExceeded(Problem):
    """The time of the request is over; a repeat with the same idempotency key is safe."""

    status = 503
    code = "deadline_exceeded"
    title = "The service did not answer in time"


@contextmanager
def under(pointer: str) -> Iterator[None]:
    """Name the fields of a part as fields of the whole: `/born` within `/person` is `/person/born`."""
    try:
        yield
    except Problem as refused:
        refused.errors = [
            replace(error, pointer=pointer + error.pointer) if error.pointer.startswith("/") else error
            for error in refused.errors
        ]
        raise


def invalid(pointer: str, rule: str, detail: str) -> InvalidInput:
    """An InvalidInput about one field."""
    return InvalidInput(errors=[FieldError(pointer=pointer, rule=rule, detail=detail)])


_BY_CODE: dict[str, type[Problem]] = {
    kind.code: kind
    for kind in (
        Malformed, Unauthenticated, SignInRemoved, SignInEnded, LogoutRefused, PermissionMissing, AccessDenied,
        ConsentNotCurrent, NotFound, Conflict, StillRunning, RuleBroken, StaleVersion, TooLarge, InvalidInput,
        KeyReused, VersionRequired, TooMany, InternalFault, Unavailable, DeadlineExceeded,
    )
}  # fmt: skip
