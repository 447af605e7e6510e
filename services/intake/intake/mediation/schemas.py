"""What crosses the wire about mediated requests; the asker's view holds nothing of what the mediators see (IN-9)."""

from __future__ import annotations

from marshmallow import fields

from chassis.schemas import Code, Moment, Paging, Schema, Text, View, category, page_of
from intake.directory.schemas import AgencyContact, PractitionerContact
from intake.people.schemas import Born

ANSWERS = ("will_call", "put_in_touch", "declines", "not_reached")


class AskForMediation(Schema):
    """A message to whoever helps this person and is not shown. Nobody learns from the reply whether anybody does."""

    person_id = fields.UUID(required=True)
    message = Text(max=2000, required=True)
    reach_me_by = Text(max=300, required=True, metadata={"description": "How the practitioner reaches you."})


class ListOwnMediationRequests(Paging):
    """What the caller asked, the newest first."""


class ListMediations(Paging):
    """The open requests, the oldest first."""


class ReadMediation(Schema):
    """Which request."""

    request_id = fields.UUID(required=True)


class RecordMediationAnswer(Schema):
    """What a concealed practitioner said: will call the asker, agrees to be put in touch, declines, or not reached."""

    request_id = fields.UUID(required=True)
    contact_id = fields.UUID(required=True)
    answer = Code(choices=ANSWERS, required=True)


class CloseMediation(Schema):
    """Nobody was concealed, or everybody was asked."""

    request_id = fields.UUID(required=True)


class IntroductionView(Schema):
    """Somebody who agreed to be put in touch."""

    agency = fields.Nested(AgencyContact, allow_none=True)
    practitioner = fields.Nested(PractitionerContact, allow_none=True)
    at = Moment()


class MediationRequestView(View):
    """A request as the asker sees it: the same whether anybody is concealed, until somebody wants to be known."""

    person_id = fields.UUID()
    message = fields.String(metadata=category("directory"))
    reach_me_by = fields.String(metadata=category("directory"))
    asked_at = Moment()
    answer_by = Moment(
        metadata={"description": "Until then the mediators will have passed the message on, or not."}
    )
    introductions = fields.List(fields.Nested(IntroductionView), metadata=category("directory"))


class ConcealedInvolvement(Schema):
    """A concealed involvement as a mediator sees it."""

    agency = fields.Nested(AgencyContact, allow_none=True)
    practitioner = fields.Nested(PractitionerContact, allow_none=True)
    role = fields.String()
    since = fields.Date()
    until = fields.Date(allow_none=True)


class MediationContactView(Schema):
    """A concealed involvement that a request may be about, and the practitioner's answer."""

    id = fields.UUID()
    involvement = fields.Nested(ConcealedInvolvement, allow_none=True)
    answer = fields.String(allow_none=True)
    answered_at = Moment(allow_none=True)


class PersonMeant(Schema):
    """Whom a request is about, for the conversation with the practitioner."""

    name = fields.String()
    born = fields.Nested(Born, allow_none=True)


class MediationView(MediationRequestView):
    """A request as the mediators see it."""

    listing = fields.Nested(PersonMeant, data_key="person", allow_none=True, metadata=category("directory"))
    asked_by = fields.String()
    organisation = fields.String(allow_none=True)
    closed_at = Moment(allow_none=True)
    contacts = fields.List(fields.Nested(MediationContactView), metadata=category("directory"))


MediationRequestPage = page_of(MediationRequestView)
MediationPage = page_of(MediationView)
