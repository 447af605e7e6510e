"""Single resources for other systems: a consent, an entry of the log."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from flask import Response, request

from audit.entries.schemas import ListEntries
from gateway.asking import admitted, ask
from gateway.fhir.audit_events import audit_event, bundle
from gateway.fhir.consents import consent_resource
from gateway.shape import check, query_arguments

MEDIA_TYPE = "application/fhir+json"


def consent(id: UUID) -> Response:
    """A consent as a FHIR R4 Consent."""
    found = ask(admitted(), "consent", "read_consent", {"id": str(id)})
    return Response(consent_resource(found), content_type=MEDIA_TYPE)


def entry(id: UUID) -> Response:
    """An audit entry as a FHIR R4 AuditEvent (IHE BALP)."""
    found = ask(admitted(), "audit", "read_entry", {"id": str(id)})
    return Response(audit_event(found), content_type=MEDIA_TYPE)


def entries() -> Response:
    """A page of audit entries as a FHIR Bundle of AuditEvents, for the same questions as the list of entries."""
    caller, shape = admitted(), ListEntries()
    asked = query_arguments(request, shape)
    check(shape, asked, in_query=asked)
    page = ask(caller, "audit", "list_entries", asked)
    links = {"self": request.url}
    if page["next_cursor"] is not None:
        following = {**request.args.to_dict(), "cursor": page["next_cursor"]}
        links["next"] = f"{request.base_url}?{urlencode(following)}"
    return Response(bundle(page["items"], links=links), content_type=MEDIA_TYPE)
