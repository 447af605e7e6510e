"""What crosses the wire about sign-ins that count no more (CO-9)."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.schemas import Moment, Paging, Schema, Subject, Text, View, page_of
from chassis.tokens import LARGEST_TOKEN


class RemoveSignIn(Schema):
    """A sign-in that is to count no more until it is restored, for a stated reason."""

    worker = Subject(required=True, metadata={"description": "The subject of the sign-in."})
    reason = Text(max=2000, required=True)


class EndSignIn(Schema):
    """A sign-in of which every token issued so far is to count no more, for a stated reason."""

    worker = Subject(required=True, metadata={"description": "The subject of the sign-in."})
    reason = Text(max=2000, required=True)


class RestoreSignIn(Schema):
    """A removed sign-in that is to count again, for a stated reason."""

    worker = Subject(required=True, metadata={"description": "The subject of the sign-in."})
    reason = Text(max=2000, required=True)


class SignInSearch(Paging):
    """What happened to sign-ins: of one, or the removals that stand."""

    worker = Subject(load_default=None, allow_none=True)
    removed_now = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={"description": "Only sign-ins that are removed at present, by the step that removed them."},
    )


class SignedOut(Schema):
    """The sign-in provider's signed word that somebody signed out."""

    logout_token = fields.String(required=True, validate=validate.Length(min=1, max=LARGEST_TOKEN))


class SignInStepView(View):
    """One thing that happened to a sign-in."""

    step = fields.String(metadata={"description": "removed, ended or restored"})
    worker = fields.String(
        allow_none=True,
        metadata={"description": "Null for a session of which the provider named no subject."},
    )
    session = fields.String(
        allow_none=True,
        metadata={"description": "The session that ended, as a code; null for the whole sign-in."},
    )
    issued_until = Moment(
        allow_none=True,
        metadata={"description": "Tokens issued up to this moment count no more; null where none counts."},
    )
    at = Moment()
    by = fields.String(
        allow_none=True, metadata={"description": "Sign-in; null when the sign-in provider told it."}
    )
    reason = fields.String()


SignInStepPage = page_of(SignInStepView)
