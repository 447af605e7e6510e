"""Single resources for other systems: a consent, an entry of the log."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from flask import Response, request

from audit.entries.schemas import ListEntries
from gateway.asking import admitted, ask
from gateway.fhir.audit_events import audit_event, bundle
from gateway.fhir.consents import bundle_of_consents, consent_resource
from gateway.shape import check, query_arguments

MEDIA_TYPE = "application/fhir+json"
PAGE = 100


def consent(id: UUID) -> Response:
    """A consent as a FHIR R4 Consent; a Bundle of several where a refusal stands in several parts (CO-1)."""
    found = ask(admitted(), "consent", "read_consent", {"id": str(id)})
    return Response(consent_resource(found), content_type=MEDIA_TYPE)


def consents(person_id: UUID) -> Response:
    """Every decision of a person that the caller may see, as a FHIR R4 Bundle of Consents.

    It is read as the list is: who may see nothing gets an empty bundle, as for a person nobody knows.
    """
    caller, found = admitted(), []
    cursor: str | None = None
    while True:
        page = ask(
            caller,
            "consent",
            "list_consents",
            {"person_id": str(person_id), "limit": PAGE, **({"cursor": cursor} if cursor else {})},
        )
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return Response(bundle_of_consents(found), content_type=MEDIA_TYPE)


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
