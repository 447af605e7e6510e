"""Single resources for other systems: a consent, an entry of the log."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from gateway.asking import admitted, ask
from gateway.fhir.audit_events import audit_event
from gateway.fhir.consents import consent_resource

MEDIA_TYPE = "application/fhir+json"


def consent(id: UUID) -> Response:
    """A consent as a FHIR R4 Consent."""
    found = ask(admitted(), "consent", "read_consent", {"id": str(id)})
    return Response(consent_resource(found), content_type=MEDIA_TYPE)


def entry(id: UUID) -> Response:
    """An audit entry as a FHIR R4 AuditEvent (IHE BALP)."""
    found = ask(admitted(), "audit", "read_entry", {"id": str(id)})
    return Response(audit_event(found), content_type=MEDIA_TYPE)
