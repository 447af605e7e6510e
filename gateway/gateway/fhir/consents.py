"""A consent as a FHIR R4 Consent (CO-1).

A refusal is an active directive that denies; what was withdrawn in part is a denial within the permission; what ended
altogether is inactive.
"""

from __future__ import annotations

from typing import Any

from fhir.resources.R4B.consent import Consent

from gateway.fhir.codes import CATEGORY, ORGANISATION, PARTY, identified, person, reason

_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
_POLICY = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_ROLE = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_ACTION = "http://terminology.hl7.org/CodeSystem/consentaction"
_STATUS = {"given": "active", "refused": "active", "withdrawn": "inactive", "expired": "inactive"}


def consent_resource(consent: dict[str, Any]) -> str:
    """The resource as JSON, checked against the model of FHIR R4; `consent` is what the door answered."""
    permits = consent["decision"] == "given"
    resource: dict[str, Any] = {
        "resourceType": "Consent",
        "id": consent["id"],
        "meta": {"versionId": str(consent["version"])},
        "status": _STATUS[consent["state"]],
        "scope": _concept(_SCOPE, "patient-privacy", "Privacy Consent"),
        "category": [_concept("http://loinc.org", "59284-0", "Patient Consent")],
        "patient": person(consent["person_id"]),
        "dateTime": consent["recorded_at"],
        "performer": [_performer(consent)],
        "policyRule": _concept(_POLICY, "OPTIN" if permits else "OPTOUT", None),
        "provision": _provision(consent, permits=permits),
    }
    if consent.get("recorded_for"):
        resource["organization"] = [
            {"type": "Organization", **identified(ORGANISATION, consent["recorded_for"])}
        ]
    if consent.get("evidence"):
        resource["sourceAttachment"] = {"title": consent["evidence"]}
    explained = consent.get("explanation")
    if explained and explained.get("explained_at"):
        resource["verification"] = [
            {
                "verified": True,
                "verifiedWith": _performer(consent),
                "verificationDate": explained["explained_at"],
            }
        ]
    return Consent.model_validate(resource).model_dump_json()


def _performer(consent: dict[str, Any]) -> dict[str, Any]:
    given_by = consent.get("given_by") or {"capacity": "person"}
    if given_by["capacity"] == "person":
        return person(consent["person_id"])
    account = given_by.get("account")
    told = {"type": "RelatedPerson", "display": f"{given_by['name']} ({given_by['relationship']})"}
    return {**told, **(identified(PARTY, f"worker:{account}") if account else {})}


def _provision(consent: dict[str, Any], *, permits: bool) -> dict[str, Any]:
    period = {"start": consent["valid_from"], "end": consent.get("valid_until")}
    provision: dict[str, Any] = {
        "type": "permit" if permits else "deny",
        "period": {name: value for name, value in period.items() if value},
        "actor": [
            {
                "role": _concept(_ROLE, "IRCP", "information recipient"),
                "reference": identified(PARTY, consent["recipient"]),
            }
        ],
        "action": [_concept(_ACTION, "access", "Access")],
        "purpose": [coding for purpose in consent["purposes"] for coding in reason(purpose)[:1]],
        "code": _categories(consent["categories"]),
    }
    closed = [code for code in consent["categories"] if code not in consent["live_categories"]]
    if permits and closed and consent["live_categories"]:
        provision["provision"] = [{"type": "deny", "code": _categories(closed)}]
    return provision


def _categories(codes: list[str]) -> list[dict[str, Any]]:
    return [_concept(CATEGORY, code, None) for code in codes]


def _concept(system: str, code: str, display: str | None) -> dict[str, Any]:
    coding = {"system": system, "code": code, **({"display": display} if display else {})}
    return {"coding": [coding]}
