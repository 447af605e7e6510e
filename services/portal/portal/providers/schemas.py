"""What crosses the wire about provider organisations and their users (PO-1, PO-2)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.schemas import Code, Moment, Paging, Schema, Subject, Text, View, category, page_of

STATES = ["applied", "approved"]
ROLES = ["provider_user", "provider_admin"]


class ApplyProvider(Schema):
    """An organisation asks to become a provider and accepts the terms on sharing, privacy and security."""

    organisation = Code(required=True, metadata={"description": "Its code, as in its sign-ins."})
    legal_name = Text(max=300, required=True)
    services = fields.List(Code(), required=True, validate=validate.Length(min=1, max=50))
    contact = Text(
        max=500, load_default=None, allow_none=True, metadata={"description": "How to reach the office."}
    )
    terms_accepted = Code(required=True, metadata={"description": "Version of the contract terms."})


class ApproveProvider(Schema):
    """The organisation comes on board, with the cohort it belongs to."""

    id = fields.UUID(required=True)
    cohort = Code(load_default=None, allow_none=True)


class ProviderView(View):
    """A provider organisation."""

    organisation = fields.String()
    legal_name = fields.String()
    services = fields.List(fields.String())
    contact = fields.String(allow_none=True, metadata=category("finance"))
    terms_accepted = fields.String()
    state = Code(choices=STATES)
    cohort = fields.String(allow_none=True)
    applied_by = fields.String()
    applied_at = Moment()
    approved_by = fields.String(allow_none=True)
    approved_at = Moment(allow_none=True)


class AddProviderUser(Schema):
    """Somebody who acts for the provider."""

    provider_id = fields.UUID(required=True)
    account = Subject(required=True, metadata={"description": "Subject of the sign-in."})
    roles = fields.List(Code(choices=ROLES), required=True, validate=validate.Length(min=1, max=2))


class ProviderUserSearch(Paging):
    """The users of one provider."""

    provider_id = fields.UUID(required=True)


class ProviderUserView(View):
    """A user of a provider, with roles there."""

    provider_id = fields.UUID()
    account = fields.String()
    roles = fields.List(fields.String())
    added_by = fields.String()
    added_at = Moment()


ProviderUserPage = page_of(ProviderUserView)
