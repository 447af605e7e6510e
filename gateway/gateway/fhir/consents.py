"""A consent as a FHIR R4 Consent (CO-1).

A refusal is an active directive that denies; what was withdrawn in part is a denial within the permission; what ended
altogether is inactive, from the instant of its end and whoever has noted it. What the reader may not see is left out:
nobody is named as the decider whom we do not name.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.consent import Consent

from chassis import moment
from chassis.clocks import house_calendar
from gateway.fhir.codes import CATEGORY, ORGANISATION, PARTY, identified, person, reason

_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_ROLE = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_ACTION = "http://terminology.hl7.org/CodeSystem/consentaction"
_STATUS = {"given": "active", "refused": "active", "withdrawn": "inactive", "expired": "inactive"}
_RULE = {"given": ("OPTIN", "opt-in"), "refused": ("OPTOUT", "opt-out")}
_KIND = {"worker": "Practitioner", "organisation": "Organization", "team": "CareTeam"}


def consent_resource(consent: dict[str, Any]) -> str:
    """The resource as JSON, checked against the model of FHIR R4; `consent` is what the door answered."""
    return _checked(consent).model_dump_json()


def bundle_of_consents(consents: list[dict[str, Any]]) -> str:
    """Several consents as a collection, as JSON checked against the model of FHIR R4."""
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "collection"}
    if consents:
        bundle["entry"] = [
            {"fullUrl": f"urn:uuid:{consent['id']}", "resource": _checked(consent)} for consent in consents
        ]
    return Bundle.model_validate(bundle).model_dump_json()


def _checked(consent: dict[str, Any]) -> Consent:
    resource: dict[str, Any] = {
        "resourceType": "Consent",
        "id": consent["id"],
        "meta": {"versionId": str(consent["version"])},
        "status": _status(consent),
        "scope": _concept(_SCOPE, "patient-privacy", "Privacy Consent"),
        "category": [
            _concept("http://loinc.org", "59284-0", "Patient Consent"),
            _concept(_ACT, "IDSCL", "information disclosure"),
        ],
        "patient": person(consent["person_id"]),
        "dateTime": consent["recorded_at"],
        "performer": _performers(consent),
        "organization": _custodian(consent),
        "sourceAttachment": {"title": consent["evidence"]} if consent.get("evidence") else None,
        "policy": _policy(consent),
        "policyRule": _concept(_ACT, *_RULE[consent["decision"]]),
        "verification": _verifications(consent),
        "provision": _provision(consent),
    }
    return Consent.model_validate({name: value for name, value in resource.items() if value})


def _status(consent: dict[str, Any]) -> str:
    """Whoever takes a copy must not read *active* because a timer is late. A refusal has no end."""
    until = consent.get("valid_until") if consent["decision"] == "given" else None
    over = until is not None and datetime.fromisoformat(until) <= moment.now()
    return "inactive" if over else _STATUS[consent["state"]]


def _performers(consent: dict[str, Any]) -> list[dict[str, Any]]:
    given_by = consent.get("given_by")
    if given_by is None:
        return []
    if given_by["capacity"] == "person":
        return [person(consent["person_id"])]
    account = given_by.get("account")
    told = {"type": "RelatedPerson", "display": f"{given_by['name']} ({given_by['relationship']})"}
    return [{**told, **(identified(PARTY, f"worker:{account}") if account else {})}]


def _custodian(consent: dict[str, Any]) -> list[dict[str, Any]]:
    organisation = consent.get("recorded_for")
    return [{"type": "Organization", **identified(ORGANISATION, organisation)}] if organisation else []


def _policy(consent: dict[str, Any]) -> list[dict[str, Any]]:
    """The agreement between the organisations under which it was given (CO-4)."""
    agreement = consent.get("agreement_id")
    return [{"uri": f"urn:uuid:{agreement}"}] if agreement else []


def _verifications(consent: dict[str, Any]) -> list[dict[str, Any]]:
    """When the decision was made sure of with who decided: as it was explained, and at each review.

    After the last day of who decided in the person's place it is the person who confirms it.
    """
    explained = consent.get("explanation") or {}
    moments = [explained["explained_at"]] if explained.get("explained_at") else []
    moments += [step["at"] for step in consent.get("history") or [] if step["state"] == "reviewed"]
    return [{"verified": True, **_with_whom(consent, at), "verificationDate": at} for at in moments]


def _with_whom(consent: dict[str, Any], at: str) -> dict[str, Any]:
    performers = _performers(consent)
    if not performers:
        return {}
    until = consent["given_by"].get("until")
    day = house_calendar().day_of(datetime.fromisoformat(at))
    over = until is not None and date.fromisoformat(until) < day
    return {"verifiedWith": person(consent["person_id"]) if over else performers[0]}


def _provision(consent: dict[str, Any]) -> dict[str, Any]:
    permits = consent["decision"] == "given"
    period = {"start": consent["valid_from"], "end": consent.get("valid_until")}
    kind = consent["recipient"].partition(":")[0]
    provision: dict[str, Any] = {
        "type": "permit" if permits else "deny",
        "period": {name: value for name, value in period.items() if value},
        "actor": [
            {
                "role": _concept(_ROLE, "IRCP", "information recipient"),
                "reference": {"type": _KIND[kind], **identified(PARTY, consent["recipient"])},
            }
        ],
        "action": [_concept(_ACTION, "access", "Access")],
        "purpose": _purposes(consent["purposes"]),
        "code": _categories(consent["categories"]),
    }
    closed = [code for code in consent["categories"] if code not in consent["live_categories"]]
    if permits and closed and consent["live_categories"]:
        provision["provision"] = [{"type": "deny", "code": _categories(closed)}]
    return provision


def _purposes(purposes: list[str]) -> list[dict[str, Any]]:
    """Each purpose by the field's code where there is one, and by ours; a code that several share stands once."""
    codings = [coding for purpose in purposes for coding in reason(purpose)]
    return list({(coding["system"], coding["code"]): coding for coding in codings}.values())


def _categories(codes: list[str]) -> list[dict[str, Any]]:
    return [_concept(CATEGORY, code, None) for code in codes]


def _concept(system: str, code: str, display: str | None) -> dict[str, Any]:
    coding = {"system": system, "code": code, **({"display": display} if display else {})}
    return {"coding": [coding]}
