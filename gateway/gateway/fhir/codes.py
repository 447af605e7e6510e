"""Codes of the field for our own, where the field has one; ours always stand beside them."""

from __future__ import annotations

from typing import Any

PERSON = "urn:openicm:person"
PARTY = "urn:openicm:party"
ORGANISATION = "urn:openicm:organisation"
CATEGORY = "urn:openicm:category"
DECISION = "urn:openicm:consent"
PURPOSE = "urn:openicm:purpose"
DOOR = "urn:openicm:door"
RECORD = "urn:openicm:record:"

REASONS = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
# https://terminology.hl7.org: v3-ActReason, the purposes of use
_REASON_OF = {
    "care": ("TREAT", "treatment"),
    "coordination": ("COC", "coordination of care"),
    "assessment": ("TREAT", "treatment"),
    "payment": ("HPAYMT", "healthcare payment"),
    "oversight": ("HSYSADMIN", "health system administration"),
    "own_record": ("PATRQT", "patient requested"),
    "emergency": ("ETREAT", "Emergency Treatment"),
}


def reason(purpose: str) -> list[dict[str, Any]]:
    """A purpose of use: the field's coding if there is one, then ours."""
    known = _REASON_OF.get(purpose)
    ours = {"system": PURPOSE, "code": purpose}
    if known is None:
        return [ours]
    return [{"system": REASONS, "code": known[0], "display": known[1]}, ours]


def of_one_reason(purpose: str) -> set[str]:
    """Every purpose of ours that the field has the same code for, this one included."""
    known = _REASON_OF.get(purpose)
    return {purpose} if known is None else {each for each, code in _REASON_OF.items() if code == known}


def identified(system: str, value: str) -> dict[str, Any]:
    """A reference by identifier: nothing of ours is a FHIR server's address."""
    return {"identifier": {"system": system, "value": value}}


def person(person_id: str) -> dict[str, Any]:
    """A person, as a patient."""
    return {"type": "Patient", **identified(PERSON, person_id)}
