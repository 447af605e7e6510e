"""How a service declares its doors, the events that it follows, and its timers: one line each, no logic.

class IntakeService:
    name = "intake"

    receive_referral = command(actions.receive, takes=ReceiveReferral, gives=ReferralView,
                               permission="intake.referral.receive")
    on_case_closed = event("cases.case.closed.v1", do=directory.actions.end_involvement)
    breach_clocks = every(seconds=30, do=clocks.breach_overdue)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from chassis.access.asking import OVERSEE, OVERSEE_TEAM
from chassis.access.explain import Views, explain
from chassis.access.reveal import reveal
from chassis.metrics import Series
from chassis.reveal_schemas import RevealAsked, RevealView
from chassis.schemas import Health, Schema, WhyAsked, WhyView

K = TypeVar("K")


@dataclass
class Door:
    """A command or a query that callers reach by RPC. `name` and `service` are filled in by the class it stands in."""

    do: Callable[..., Any]
    takes: type[Schema] | None
    gives: type[Schema] | None
    permission: str | None
    action: str
    versioned: bool = False
    audited: Callable[[dict[str, Any]], bool] | None = None
    open_to_all: bool = False
    # Asks what somebody else sees: what was read in tokens so far is written down first.
    about_others: bool = False
    # Permissions that open no door, and that this one asks for within.
    further: tuple[str, ...] = ()
    vouched: str | None = None
    # The argument that holds the tokens of callers asked for together with this one.
    beside: str | None = None
    name: str = ""
    service: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the door's name and its service from the class body."""
        self.name = name
        self.service = owner.__dict__["name"]
        if self.permission is not None:
            self.permission = self.permission.format(service=self.service)
        self.further = tuple(each.format(service=self.service) for each in self.further)

    @property
    def changes(self) -> bool:
        """Whether the door changes anything, so that an idempotency key matters."""
        return self.action == "write"


@dataclass(frozen=True)
class Subscription:
    """Events of one pattern (`*` stands for one word) and what applies them: one a call, or a batch a call."""

    pattern: str
    do: Callable[..., Any]
    batch: bool


@dataclass(frozen=True)
class Sampled:
    """Counts of the service's own that only its database knows, read now and then for the metrics."""

    series: Series
    label: str
    question: str


@dataclass(frozen=True)
class Timer:
    """What the service does by itself every so many seconds; one replica at a time."""

    seconds: float
    do: Callable[..., Any]


def command(
    do: Callable[..., Any],
    *,
    takes: type[Schema],
    gives: type[Schema] | None,
    permission: str,
    versioned: bool = False,
) -> Any:
    """A door that changes something; `versioned` asks the caller for If-Match (GW-1)."""
    return Door(do=do, takes=takes, gives=gives, permission=permission, action="write", versioned=versioned)


def query(
    do: Callable[..., Any],
    *,
    takes: type[Schema],
    gives: type[Schema],
    permission: str,
    action: str = "read",
    audited: Callable[[dict[str, Any]], bool] | None = None,
    beside: str | None = None,
) -> Any:
    """A door that reads. `action` is `read`, `search` or `export`, as the audit entry says it.

    `audited`, given the arguments, may say that a call continues an access whose entry is already written. `beside` is
    the argument in which other callers are asked for as well, a list of `token` and `purpose`: the action gets an
    `Actor` in the place of each, or None where the token does not count or lends no permission for this door.
    """
    return Door(
        do=do,
        takes=takes,
        gives=gives,
        permission=permission,
        action=action,
        audited=audited,
        beside=beside,
    )


def why_door(views: Views, *, permission: str = "{service}.access.explain") -> Any:
    """The standard door that explains who can see a record and why, for every protected kind of record (CO-7).

    `views` names, by kind, the view in which a door shows the record, so that the answer tells its fields.
    """
    return Door(
        do=partial(explain, views=views),
        takes=WhyAsked,
        gives=WhyView,
        permission=permission,
        action="read",
        about_others=True,
        further=(OVERSEE, OVERSEE_TEAM),
    )


def reveal_door(views: Views, *, permission: str = "{service}.access.preview") -> Any:
    """The standard door that tells what a consent would show of this service's records, before it is given (CO-7)."""
    return Door(
        do=partial(reveal, views=views),
        takes=RevealAsked,
        gives=RevealView,
        permission=permission,
        action="read",
        about_others=True,
    )


def public_query(do: Callable[..., Any], *, takes: type[Schema], gives: type[Schema]) -> Any:
    """A door open to all, without a token and without an entry: for what is made to be known, and names nobody.

    Its caller has no role and no grant, so that under row-level security no record of anybody can be reached.
    """
    return Door(do=do, takes=takes, gives=gives, permission=None, action="read", open_to_all=True)


def told_by_provider(do: Callable[..., Any], *, takes: type[Schema], vouched: str) -> Any:
    """A command whose authority is the sign-in provider's own signature: the logout token in the argument `vouched`.

    It asks for no caller and leaves no entry, as it reaches no record: the action gets the `Logout` that the token
    says, verified here, in the token's place.
    """
    return Door(
        do=do, takes=takes, gives=None, permission=None, action="write", open_to_all=True, vouched=vouched
    )


def health_door() -> Any:
    """The light door that only says that the service answers; open to all, without personal data."""
    return Door(do=dict, takes=None, gives=Health, permission=None, action="read", open_to_all=True)


def event(pattern: str, *, do: Callable[..., Any]) -> Any:
    """Apply each event of this key by `do(work, event=…)`, in the order of its subject and once."""
    return Subscription(pattern=pattern, do=do, batch=False)


def events(pattern: str, *, do: Callable[..., Any]) -> Any:
    """Apply neighbouring events of this pattern together, by `do(work, events=[…])`."""
    return Subscription(pattern=pattern, do=do, batch=True)


def every(*, seconds: float, do: Callable[..., Any]) -> Any:
    """Call `do(work)` every so many seconds, in one replica at a time."""
    return Timer(seconds=seconds, do=do)


def sampled(series: Series, *, label: str, question: str) -> Any:
    """Show what a query counts: two columns, the value of the label and the figure (OP-1)."""
    return Sampled(series=series, label=label, question=question)


def declared_by(service: type, kind: type[K]) -> dict[str, K]:
    """What a service class declares of a kind, by name: in its own body and in those of the classes it is made of."""
    return {
        name: value
        for part in reversed(service.__mro__)
        for name, value in vars(part).items()
        if isinstance(value, kind)
    }


def sampled_of(service: type) -> list[Sampled]:
    """The counts that a service class declares."""
    return list(declared_by(service, Sampled).values())


def doors_of(service: type) -> dict[str, Door]:
    """The doors that a service class declares, by name."""
    return declared_by(service, Door)


def subscriptions_of(service: type) -> list[Subscription]:
    """The events that a service class follows, in the order it names them."""
    return list(declared_by(service, Subscription).values())


def timers_of(service: type) -> dict[str, Timer]:
    """What a service class does by itself, by name."""
    return declared_by(service, Timer)
