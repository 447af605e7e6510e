"""What crosses the wire: strict marshmallow shapes, JSON pointers in errors, an information category per field.

Schema modules of services import this and marshmallow only, because the gateway imports them too (GW-1, CO-9).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

import marshmallow
from marshmallow import RAISE, fields, validate

from chassis.errors import FieldError, InvalidInput

_INVISIBLE = {"Cc", "Cs", "Cn"}
_KEPT_CONTROLS = {"\n", "\t"}
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_CODE = re.compile(r"^[a-z0-9][a-z0-9_.:-]{0,63}$")


class Schema(marshmallow.Schema):
    """A request body or a view. Unknown fields are refused, so that mass assignment has nothing to hold on to."""

    class Meta:
        unknown = RAISE

    def taken(self, given: Any) -> dict[str, Any]:
        """The loaded arguments; raises InvalidInput with one pointer a field."""
        if not isinstance(given, Mapping):
            raise InvalidInput(
                errors=[FieldError(pointer="", rule="object", detail="A JSON object is expected.")]
            )
        try:
            return self.load(given)
        except marshmallow.ValidationError as refused:
            raise InvalidInput(errors=list(pointers(refused.messages))) from None


def refuse_nul(given: Any) -> None:
    """Raise InvalidInput with a pointer for each text that holds the character NUL, which no database text can hold."""
    waiting: list[tuple[str, Any]] = [("", given)]
    found: list[FieldError] = []
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, str) and "\0" in value:
            found.append(FieldError(pointer, "characters", "Must not hold the character NUL."))
        elif isinstance(value, Mapping):
            waiting += [(f"{pointer}/{name}", inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{pointer}/{place}", inner) for place, inner in enumerate(value)]
    if found:
        raise InvalidInput(errors=found)


def pointers(messages: Any, *, at: str = "") -> Iterator[FieldError]:
    """Marshmallow's nested messages as field errors with JSON pointers."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            below = at if name == "_schema" else f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}"
            yield from pointers(inner, at=below)
        return
    for message in messages if isinstance(messages, list) else [messages]:
        yield FieldError(pointer=at, rule=_rule_of(str(message)), detail=str(message))


def _rule_of(message: str) -> str:
    known = {
        "Missing data for required field.": "required",
        "Unknown field.": "unknown_field",
        "Field may not be null.": "not_null",
    }
    if message in known:
        return known[message]
    if message.startswith("Not a valid") or message.startswith("Invalid input type"):
        return "type"
    if message.startswith("Must be one of") or message.startswith("Not one of"):
        return "choice"
    if "ength must be" in message or message.startswith("Longer than") or message.startswith("Shorter than"):
        return "length"
    if message.startswith("Must be"):
        return "range"
    return "rule"


class View(Schema):
    """A reply about one record. Fields tagged with a category that the actor may not see are left out and named."""

    id = fields.UUID(required=True, metadata={"description": "Identifier of the record."})
    version = fields.Integer(metadata={"description": "Grows with each change; the ETag is made from it."})
    withheld = fields.List(
        fields.String(),
        dump_default=list,
        metadata={"description": "Categories that exist here and were left out."},
    )


def category(name: str, **metadata: Any) -> dict[str, Any]:
    """Field metadata that puts a field under an information category: `fields.Date(metadata=category("identity"))`."""
    return {"category": name, **metadata}


def categories_of(schema: type[marshmallow.Schema] | marshmallow.Schema) -> set[str]:
    """All categories that fields of the schema are tagged with."""
    declared = schema._declared_fields if isinstance(schema, type) else schema.fields
    return {field.metadata["category"] for field in declared.values() if "category" in field.metadata}


class Shaped(validate.Regexp):
    """The whole text has this shape. `$` alone would let a line end pass, which the published pattern does not."""

    def __call__(self, value: Any) -> Any:
        """The text; raises ValidationError."""
        if self.regex.fullmatch(value) is None:
            raise marshmallow.ValidationError(self._format_error(value))
        return value


class Text(fields.String):
    """Human text in any script, trimmed and in NFC. Control characters are refused: they hide things from a reader."""

    def __init__(self, *, max: int = 4000, min: int = 1, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(min=min, max=max), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **kwargs)).strip()
        if any(unicodedata.category(sign) in _INVISIBLE and sign not in _KEPT_CONTROLS for sign in text):
            raise marshmallow.ValidationError("Must be text without control characters.")
        return text


class Line(Text):
    """Text on one line, as somebody sees it: signs that only turn or hide other signs are left out.

    Those are the marks of writing direction, spaces without width and soft hyphens, which come along when text is
    pasted. Joiners stay between two signs, where some scripts and emoji need them.
    """

    def __init__(self, *, max: int = 300, **kwargs: Any) -> None:
        super().__init__(max=max, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return plainly_seen(super()._deserialize(value, attr, data, **kwargs))


def plainly_seen(text: str) -> str:
    """The text on one line without the signs that nobody sees; joiners only between two signs."""
    seen = "".join(sign for sign in text if unicodedata.category(sign) != "Cf" or sign in _JOINERS)
    return " ".join(word.strip(_JOINERS) for word in seen.split() if word.strip(_JOINERS))


class PersonName(Line):
    """One part of a name, 1 to 300 characters in any script, on one line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max=300, **kwargs)


class Code(fields.String):
    """A code from a list: lower case letters, digits and `_ . : -`, at most 64."""

    def __init__(self, *, choices: list[str] | tuple[str, ...] | None = None, **kwargs: Any) -> None:
        rules: list[Any] = [Shaped(_CODE, error="Must be a code: lower case letters, digits, _ . : -")]
        if choices:
            rules = [validate.OneOf(choices)]
        super().__init__(validate=rules, **kwargs)


class Subject(fields.String):
    """The subject of a sign-in, or the code of an organisation or team: 1 to 128 visible characters without space."""

    def __init__(self, **kwargs: Any) -> None:
        rule = Shaped(r"^[\x21-\x7e]{1,128}$", error="Must be 1 to 128 visible characters without space")
        super().__init__(validate=rule, **kwargs)


class Moment(fields.AwareDateTime):
    """A moment with its offset, ISO 8601; kept in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=None, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs).astimezone(UTC)
        except OverflowError:
            raise marshmallow.ValidationError("Not a valid datetime.") from None


class Money(fields.Decimal):
    """An exact amount with two decimals, as a string on the wire: never a float."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(places=None, allow_nan=False, as_string=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, float):
            raise marshmallow.ValidationError('Must be a decimal string such as "12.50".')
        amount = super()._deserialize(value, attr, data, **kwargs)
        # How large it is comes first: what is too large has no two decimals that a decimal could hold.
        if amount is None or abs(amount) >= Decimal("1e12") or amount != amount.quantize(Decimal("0.01")):
            raise marshmallow.ValidationError("Must be an amount with at most two decimals.")
        return amount.quantize(Decimal("0.01"))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else format(value.quantize(Decimal("0.01")), "f")


class Paging(Schema):
    """Parameters of a list: `cursor` from the page before, `limit` 1 to 100."""

    cursor = fields.String(load_default=None, validate=validate.Length(max=512), allow_none=True)
    limit = fields.Integer(load_default=25, validate=validate.Range(min=1, max=100))


class ById(Schema):
    """The identifier of one record."""

    id = fields.UUID(required=True)


def page_of(view: type[Schema]) -> type[Schema]:
    """The schema of a page of `view`: `items` and `next_cursor` (null on the last page)."""
    name = view.__name__.removesuffix("View") + "Page"
    return type(
        name,
        (Schema,),
        {
            "items": fields.List(fields.Nested(view), required=True),
            "next_cursor": fields.String(allow_none=True),
            "__doc__": f"A page of {view.__name__}.",
            "__module__": view.__module__,
        },
    )


class WhyAsked(Schema):
    """Which record, and about whom; without `worker` the question is about the caller (CO-7)."""

    kind = Code(required=True)
    id = fields.UUID(required=True)
    worker = Subject(load_default=None, allow_none=True)
    at = Moment(
        load_default=None,
        allow_none=True,
        metadata={"description": "A moment that has passed, as an audit entry tells it; now when left out."},
    )
    purpose = Code(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "For which purpose; the first that the worker's roles work for when left out."
        },
    )
    grants = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "Grants that an audit entry names: their grantees count as the worker's."},
    )


class GrantSeen(Schema):
    """One grant, as an explanation."""

    grant_id = fields.UUID()
    grantee = fields.String()
    record_kind = fields.String()
    record_id = fields.UUID(allow_none=True)
    categories = fields.List(fields.String())
    shows = fields.List(
        fields.String(),
        metadata={"description": "The categories that it opens of this record, for the worker."},
    )
    purposes = fields.List(fields.String())
    basis = fields.String()
    may_write = fields.Boolean()
    valid_from = Moment()
    valid_until = Moment(allow_none=True)
    counts = fields.Boolean(
        metadata={"description": "Whether the grant counts at this moment for this purpose."}
    )
    because = fields.String(metadata={"description": "Why it counts or does not, as a code."})


class FieldShown(Schema):
    """One field of a record in plain words, and whether it would be shown."""

    name = fields.String(metadata={"description": "Its path in the view."})
    title = fields.String()
    category = fields.String(
        allow_none=True, metadata={"description": "Null: each entry of the list stands under its own."}
    )
    shown = fields.Boolean()


class GrantNeeded(Schema):
    """What a grant would have to be to open the record; nobody is named."""

    on = fields.List(fields.String(), metadata={"description": "Kinds of records that it may be on."})
    on_each = fields.Boolean(metadata={"description": "One on each of them is needed."})
    categories = fields.List(
        fields.String(), metadata={"description": "One of these; empty when any category will do."}
    )


class WhyView(Schema):
    """Why somebody can or cannot see a record, by the predicate and from the rows that decide (CO-7)."""

    kind = fields.String()
    id = fields.UUID()
    worker = fields.String()
    at = Moment(metadata={"description": "The moment of which the answer speaks."})
    purpose = fields.String()
    permitted = fields.Boolean()
    may_write = fields.Boolean()
    because = fields.String()
    categories = fields.List(fields.String(), metadata={"description": "Those opened of this record."})
    withheld = fields.List(
        fields.String(), metadata={"description": "Those of its fields that stay closed, filled or not."}
    )
    fields_ = fields.List(fields.Nested(FieldShown), data_key="fields", attribute="fields")
    grants = fields.List(fields.Nested(GrantSeen))
    considered = fields.List(
        fields.String(), metadata={"description": "The names under which a grant was looked for."}
    )
    known_from = fields.String(
        metadata={
            "description": "How those are known: `token`, `last_seen` by this service, or `name_only`: the worker was"
            " not seen here by then, and grants to their teams, organisation or roles are missing."
        }
    )
    incomplete = fields.Boolean(
        metadata={"description": "A grant that concerns somebody else's record is left out of the list."}
    )
    taken_as_now = fields.List(
        fields.String(),
        metadata={
            "description": "For a moment that has passed: what is taken as it is now, as it was not kept."
        },
    )
    needed = fields.Nested(GrantNeeded, allow_none=True)


class Health(Schema):
    """The state of one service, without personal data."""

    service = fields.String()
    state = fields.String()
