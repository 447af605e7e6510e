"""An entry of the log as a FHIR R4 AuditEvent after IHE Basic Audit Log Patterns (BALP) (AU-1)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import orjson
from fhir.resources.R4B.auditevent import AuditEvent

from gateway.fhir.codes import CATEGORY, DOOR, ORGANISATION, PARTY, PERSON, RECORD, identified, reason

_PROFILES = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/"
_ENTITIES = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
_TYPES = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTIONS = "http://hl7.org/fhir/restful-interaction"
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_PARTS = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_ENTITY_TYPES = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ENTITY_ROLES = "http://terminology.hl7.org/CodeSystem/object-role"
# What was done: FHIR's interaction, the action code of an audit event, the name of the BALP pattern.
_DONE = {
    "read": ("read", "R", "Read"),
    "search": ("search-type", "E", "Query"),
    "export": ("read", "R", "Read"),
    "write": ("update", "U", "Update"),
}
_OTHERWISE = ("operation", "E", "Query")
_SUCCESS, _REFUSED = "0", "4"
_RECIPIENT = {"code": "IRCP", "display": "information recipient"}
_AUTHOR = {"code": "AUT", "display": "author (originator)"}
_RESPONSIBLE = {"code": "RESP", "display": "responsible party"}
_OBJECT = {"system": _ENTITY_TYPES, "code": "2", "display": "System Object"}
_OTHER = {"system": _ENTITY_TYPES, "code": "4", "display": "Other"}
_SOURCE = {"system": _DICOM, "code": "110153", "display": "Source Role ID"}
_DESTINATION = {"system": _DICOM, "code": "110152", "display": "Destination Role ID"}


def audit_event(placed: dict[str, Any]) -> str:
    """The resource as JSON, checked against the model of FHIR R4; `placed` is what `read_entry` answered."""
    entry = placed["entry"]
    interaction, action, pattern = _DONE.get(entry["action"], _OTHERWISE)
    profile = _profile(entry, pattern=pattern)
    resource: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": entry["entry_id"],
        "meta": {"profile": [profile]} if profile else None,
        "type": {"system": _TYPES, "code": "rest", "display": "Restful Operation"},
        "subtype": [
            {"system": _INTERACTIONS, "code": interaction},
            {"system": DOOR, "code": f"{entry['service']}.{entry['door']}"},
        ],
        "action": action,
        "recorded": entry["at"],
        "outcome": _SUCCESS if entry["outcome"] == "permitted" else _REFUSED,
        "purposeOfEvent": [{"coding": reason(entry["purpose"])}] if entry["purpose"] else None,
        "agent": _agents(entry, pattern=pattern),
        "source": {
            "site": "openicm",
            "observer": identified(PARTY, f"service:{entry['service']}"),
        },
        "entity": _entities(placed, pattern=pattern),
    }
    if entry.get("reason"):
        resource["outcomeDesc"] = entry["reason"]
    told = {name: value for name, value in resource.items() if value}
    return AuditEvent.model_validate(told).model_dump_json()


def _profile(entry: dict[str, Any], *, pattern: str) -> str | None:
    """The BALP profile that the event keeps to; None where it can keep to none, so that it claims nothing false.

    All are of accesses that succeeded, with the address of the client. A read or a write asks for exactly one record,
    a pattern about a patient for exactly one patient; an entry about several keeps to the general pattern.
    """
    if entry["outcome"] != "permitted" or not entry.get("origin"):
        return None
    if pattern != "Query" and len(entry["records"]) != 1:
        return None
    about = "Patient" if len(entry["persons"]) == 1 else ""
    return f"{_PROFILES}IHE.BasicAudit.{about}{pattern}"


def bundle(placed: list[dict[str, Any]], *, links: dict[str, str]) -> bytes:
    """Entries as one FHIR Bundle, a page of a search; `links` are the addresses of this page and of the next."""
    told = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": relation, "url": url} for relation, url in links.items()],
        "entry": [
            {
                "fullUrl": f"urn:uuid:{each['entry']['entry_id']}",
                "resource": orjson.loads(audit_event(each)),
                "search": {"mode": "match"},
            }
            for each in placed
        ],
    }
    return orjson.dumps({name: value for name, value in told.items() if value})


def _agents(entry: dict[str, Any], *, pattern: str) -> list[dict[str, Any]]:
    """The user, the organisation, and client and server: what is read flows to the client, all else from it."""
    actor = entry["actor"]
    to_client = pattern == "Read"
    user: dict[str, Any] = {
        "type": {"coding": [{"system": _PARTS, **(_AUTHOR if pattern == "Update" else _RECIPIENT)}]},
        "role": [{"coding": [{"system": "urn:openicm:role", "code": role}]} for role in actor["roles"]],
        "who": identified(PARTY, f"worker:{actor['subject']}"),
        "requestor": True,
    }
    if not user["role"]:
        del user["role"]
    if entry.get("purpose"):
        user["purposeOfUse"] = [{"coding": reason(entry["purpose"])}]
    agents = [user]
    if actor.get("organisation"):
        agents.append(
            {
                "type": {"coding": [{"system": _PARTS, **_RESPONSIBLE}]},
                "who": identified(ORGANISATION, actor["organisation"]),
                "requestor": False,
            }
        )
    client: dict[str, Any] = {
        "type": {"coding": [_DESTINATION if to_client else _SOURCE]},
        "who": identified(PARTY, "service:gateway"),
        "requestor": False,
    }
    if entry.get("origin"):
        client["network"] = {"address": entry["origin"], "type": "2"}
    server = {
        "type": {"coding": [_SOURCE if to_client else _DESTINATION]},
        "who": identified(PARTY, f"service:{entry['service']}"),
        "requestor": False,
        "network": {"address": entry["service"], "type": "1"},
    }
    return [*agents, client, server]


def _entities(placed: dict[str, Any], *, pattern: str) -> list[dict[str, Any]]:
    entry = placed["entry"]
    entities: list[dict[str, Any]] = [
        {
            "what": identified(PERSON, person),
            "type": {"system": _ENTITY_TYPES, "code": "1", "display": "Person"},
            "role": {"system": _ENTITY_ROLES, "code": "1", "display": "Patient"},
        }
        for person in entry["persons"]
    ]
    labels = [{"system": CATEGORY, "code": category} for category in entry["categories"]]
    for record in entry["records"]:
        entities.append(
            {
                "what": identified(RECORD + record["kind"], record["id"]),
                # In a pattern of a search the one system object is the search itself.
                "type": _OTHER if pattern == "Query" else _OBJECT,
                "role": {"system": _ENTITY_ROLES, "code": "4", "display": "Domain Resource"},
                **({"securityLabel": labels} if labels else {}),
            }
        )
    if pattern == "Query":
        # What was looked for is never written down: the door is all that is told of the question.
        asked = f"{entry['service']}.{entry['door']}".encode()
        entities.append(
            {
                "type": _OBJECT,
                "role": {"system": _ENTITY_ROLES, "code": "24", "display": "Query"},
                "query": b64encode(asked).decode(),
            }
        )
    if entry.get("trace_id"):
        entities.append(
            {
                "what": identified("urn:openicm:trace", entry["trace_id"]),
                "type": {"system": _ENTITIES, "code": "XrequestId"},
            }
        )
    entities.append(
        {
            "what": identified("urn:openicm:log-position", str(placed["position"])),
            "type": _OTHER,
            "detail": [{"type": "leaf", "valueString": placed["leaf"]}],
        }
    )
    return entities
