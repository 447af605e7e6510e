"""What crosses the wire about services that people can be linked to (IN-11). HSDS content crosses as it is."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.schemas import Code, Moment, Paging, Schema, Text, View, page_of

AVAILABILITIES = ("accepting", "waiting_list", "full", "closed", "unknown")
STATUSES = ("active", "inactive", "defunct", "temporarily closed")
_AGE = validate.Range(min=0, max=150)


class ReadService(Schema):
    """Which service."""

    service_id = fields.UUID(required=True)


class SearchServices(Paging):
    """Services that answer all that is asked."""

    words = Text(max=200, load_default=None, allow_none=True)
    need = Text(
        max=200,
        load_default=None,
        allow_none=True,
        metadata={"description": "A term of a taxonomy: its identifier, code or name."},
    )
    locality = Text(max=200, load_default=None, allow_none=True)
    language = Text(
        max=100, load_default=None, allow_none=True, metadata={"description": "By name or code, such as fr."}
    )
    program = Text(max=200, load_default=None, allow_none=True)
    age = fields.Float(load_default=None, allow_none=True, validate=_AGE)
    status = fields.String(load_default="active", validate=validate.OneOf(STATUSES))
    availability = Code(choices=AVAILABILITIES, load_default=None, allow_none=True)
    stale = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={"description": "Entries that nobody has verified for too long, or the others."},
    )
    open_at = Moment(load_default=None, allow_none=True)
    open_now = fields.Boolean(load_default=False)


class VerifyService(Schema):
    """That the entry was checked and is true; today unless said otherwise."""

    service_id = fields.UUID(required=True)
    verified_on = fields.Date(load_default=None, allow_none=True)


class SetServiceAvailability(Schema):
    """Whether the service takes people on, and from when it will again."""

    service_id = fields.UUID(required=True)
    availability = Code(choices=AVAILABILITIES, required=True)
    available_from = fields.Date(load_default=None, allow_none=True)


class ProposeServiceCorrection(Schema):
    """What is wrong in the entry of a service."""

    service_id = fields.UUID(required=True)
    said = Text(max=2000, required=True)


class ListServiceCorrections(Paging):
    """Corrections that were proposed."""

    service_id = fields.UUID(load_default=None, allow_none=True)
    settled = fields.Boolean(load_default=None, allow_none=True)


class SettleServiceCorrection(Schema):
    """What was made of a correction."""

    correction_id = fields.UUID(required=True)
    settled_as = Code(choices=("taken", "not_taken"), required=True)


class BeginServiceImport(Schema):
    """An import of one source; `absent` decides on its services that it tells no more."""

    source = Code(required=True, metadata={"description": "Which directory this is: the same each time."})
    absent = Code(choices=("keep", "remove"), required=True)


class TakeServices(Schema):
    """A part of an import, in HSDS JSON: lists by name (`services`, `organizations`, …), nested or flat."""

    import_id = fields.UUID(required=True)
    content = fields.Raw(required=True)


class FinishServiceImport(Schema):
    """Which import is complete."""

    import_id = fields.UUID(required=True)


class ListServiceImports(Paging):
    """Imports, of one source if asked."""

    source = Code(load_default=None, allow_none=True)


class ExportServices(Schema):
    """A page of the directory in HSDS JSON."""

    cursor = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=512))
    limit = fields.Integer(load_default=25, validate=validate.Range(min=1, max=100))


class ServiceView(View):
    """A service as it is found."""

    source = fields.String()
    name = fields.String()
    alternate_name = fields.String(allow_none=True)
    description = fields.String(allow_none=True)
    status = fields.String()
    organization_id = fields.UUID(allow_none=True)
    organization_name = fields.String(allow_none=True)
    localities = fields.List(fields.String())
    languages = fields.List(fields.String())
    minimum_age = fields.String(allow_none=True, metadata={"description": "In years, a decimal."})
    maximum_age = fields.String(allow_none=True, metadata={"description": "In years, a decimal."})
    eligibility = fields.String(allow_none=True)
    wait_time = fields.String(allow_none=True)
    phones = fields.List(fields.String())
    required_documents = fields.List(fields.String())
    availability = fields.String()
    availability_as_of = Moment(allow_none=True)
    available_from = fields.Date(allow_none=True)
    open_then = fields.Boolean(
        allow_none=True, metadata={"description": "Whether it is open at the moment that was asked for."}
    )
    last_verified_on = fields.Date(allow_none=True)
    verified_by = fields.String(allow_none=True)
    stale_since = Moment(allow_none=True)


ServicePage = page_of(ServiceView)


class ServiceWholeView(Schema):
    """A service as it is found, and as HSDS tells it in full."""

    entry = fields.Nested(ServiceView)
    hsds = fields.Dict(keys=fields.String(), metadata={"description": "A service of HSDS 3.1."})


class ServiceCorrectionView(View):
    """A correction that somebody proposed."""

    service_id = fields.UUID()
    said = fields.String()
    proposed_by = fields.String()
    proposed_at = Moment()
    settled_at = Moment(allow_none=True)
    settled_by = fields.String(allow_none=True)
    settled_as = fields.String(allow_none=True)


ServiceCorrectionPage = page_of(ServiceCorrectionView)


class ServiceImportView(View):
    """An import and what it has brought, in objects of HSDS."""

    source = fields.String()
    absent = fields.String()
    state = fields.String()
    begun_by = fields.String()
    begun_at = Moment()
    ended_at = Moment(allow_none=True)
    parts = fields.Integer()
    created = fields.Integer()
    changed = fields.Integer()
    unchanged = fields.Integer()
    removed = fields.Integer(metadata={"description": "Services that the source tells no more."})


ServiceImportPage = page_of(ServiceImportView)


class PartTakenView(Schema):
    """What a part of an import has brought."""

    import_id = fields.UUID()
    objects = fields.Integer()
    services = fields.Integer()
    created = fields.Integer()
    changed = fields.Integer()
    unchanged = fields.Integer()


class ExportedView(Schema):
    """A page in HSDS JSON: `content` can be imported as it is."""

    hsds_version = fields.String(dump_default="3.1")
    content = fields.Dict(
        keys=fields.String(), attribute="lists", metadata={"description": "Lists of HSDS objects by name."}
    )
    next_cursor = fields.String(allow_none=True)
