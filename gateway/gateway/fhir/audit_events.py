"""An entry of the log as a FHIR R4 AuditEvent after IHE Basic Audit Log Patterns (BALP) (AU-1)."""

from __future__ import annotations

from typing import Any

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


def audit_event(placed: dict[str, Any]) -> str:
    """The resource as JSON, checked against the model of FHIR R4; `placed` is what `read_entry` answered."""
    entry = placed["entry"]
    interaction, action, pattern = _DONE.get(entry["action"], _OTHERWISE)
    about = "Patient" if entry["persons"] else ""
    resource: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": entry["entry_id"],
        "meta": {"profile": [f"{_PROFILES}IHE.BasicAudit.{about}{pattern}"]},
        "type": {"system": _TYPES, "code": "rest", "display": "Restful Operation"},
        "subtype": [
            {"system": _INTERACTIONS, "code": interaction},
            {"system": DOOR, "code": f"{entry['service']}.{entry['door']}"},
        ],
        "action": action,
        "recorded": entry["at"],
        "outcome": _SUCCESS if entry["outcome"] == "permitted" else _REFUSED,
        "purposeOfEvent": [{"coding": reason(entry["purpose"])}] if entry["purpose"] else None,
        "agent": _agents(entry),
        "source": {
            "site": "openicm",
            "observer": identified(PARTY, f"service:{entry['service']}"),
        },
        "entity": _entities(placed),
    }
    if entry.get("reason"):
        resource["outcomeDesc"] = entry["reason"]
    told = {name: value for name, value in resource.items() if value}
    return AuditEvent.model_validate(told).model_dump_json()


def _agents(entry: dict[str, Any]) -> list[dict[str, Any]]:
    actor = entry["actor"]
    user: dict[str, Any] = {
        "type": {"coding": [{"system": _PARTS, "code": "IRCP", "display": "information recipient"}]},
        "role": [{"coding": [{"system": "urn:openicm:role", "code": role}]} for role in actor["roles"]],
        "who": identified(PARTY, f"worker:{actor['subject']}"),
        "requestor": True,
    }
    if not user["role"]:
        del user["role"]
    if entry.get("purpose"):
        user["purposeOfUse"] = [{"coding": reason(entry["purpose"])}]
    if entry.get("origin"):
        user["network"] = {"address": entry["origin"], "type": "2"}
    agents = [user]
    if actor.get("organisation"):
        agents.append(
            {
                "type": {"coding": [{"system": _PARTS, "code": "CST", "display": "custodian"}]},
                "who": identified(ORGANISATION, actor["organisation"]),
                "requestor": False,
            }
        )
    agents.append(
        {
            "type": {"coding": [{"system": _DICOM, "code": "110153", "display": "Source Role ID"}]},
            "who": identified(PARTY, f"service:{entry['service']}"),
            "requestor": False,
        }
    )
    return agents


def _entities(placed: dict[str, Any]) -> list[dict[str, Any]]:
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
                "type": {"system": _ENTITY_TYPES, "code": "2", "display": "System Object"},
                "role": {"system": _ENTITY_ROLES, "code": "4", "display": "Domain Resource"},
                **({"securityLabel": labels} if labels else {}),
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
            "type": {"system": _ENTITY_TYPES, "code": "4", "display": "Other"},
            "detail": [{"type": "leaf", "valueString": placed["leaf"]}],
        }
    )
    return entities
