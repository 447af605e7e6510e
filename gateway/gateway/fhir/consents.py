"""A consent as a FHIR R4 Consent (CO-1).

A consent is an active directive that permits what is still open of it, a refusal one that denies what still stands of
it; what ended or was overtaken altogether is inactive, from the instant of its end and whoever has noted it. Nothing is
told as an exception within a provision, which readers weigh differently: so nothing is denied by one resource that
another permits. What stands of a refusal can be several sets of categories, each for purposes of its own, and then each
is a resource. What the reader may not see is left out: nobody is named as the decider whom we do not name.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.consent import Consent

from chassis import moment
from chassis.clocks import house_calendar
from gateway.fhir.codes import (
    CATEGORY,
    DECISION,
    ORGANISATION,
    PARTY,
    PURPOSE,
    identified,
    of_one_reason,
    person,
    reason,
)

_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_ROLE = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_DONE = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
_TOOK_PART = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_ACTION = "http://terminology.hl7.org/CodeSystem/consentaction"
_RULE = {"given": ("OPTIN", "opt-in"), "refused": ("OPTOUT", "opt-out")}
_KIND = {"worker": "Practitioner", "organisation": "Organization", "team": "CareTeam"}


def consent_resource(consent: dict[str, Any]) -> str:
    """The resource as JSON, checked against the model of FHIR R4; `consent` is what the door answered.

    A collection where what stands of a refusal takes several resources.
    """
    resources = _resources(consent)
    return resources[0].model_dump_json() if len(resources) == 1 else bundle_of_consents([consent])


def bundle_of_consents(consents: list[dict[str, Any]]) -> str:
    """Several consents as a collection, as JSON checked against the model of FHIR R4."""
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "collection"}
    if consents:
        bundle["entry"] = [
            {"fullUrl": _full_url(consent, number), "resource": resource}
            for consent in consents
            for number, resource in enumerate(_resources(consent), start=1)
        ]
    return Bundle.model_validate(bundle).model_dump_json()


def _full_url(consent: dict[str, Any], number: int) -> str:
    """The decision's own, and for its further parts one that follows from it."""
    first = UUID(consent["id"])
    return f"urn:uuid:{first if number == 1 else uuid5(first, str(number))}"


def _resources(consent: dict[str, Any]) -> list[Consent]:
    """One for each part that stands; one, as it was decided, when none does."""
    parts = consent["stands"] or [consent]
    provisions = [_provision(consent, part["categories"], part["purposes"]) for part in parts]
    return [_checked(consent, provision, number) for number, provision in enumerate(provisions, start=1)]


def _checked(consent: dict[str, Any], provision: dict[str, Any], number: int) -> Consent:
    resource: dict[str, Any] = {
        "resourceType": "Consent",
        "id": consent["id"] if number == 1 else f"{consent['id']}-{number}",
        "identifier": [{"system": DECISION, "value": consent["id"]}],
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
        "contained": _withdrawals(consent),
        "provision": provision,
    }
    return Consent.model_validate({name: value for name, value in resource.items() if value})


def _status(consent: dict[str, Any]) -> str:
    """Whoever takes a copy must not read *active* because a timer is late. A refusal has no end."""
    until = consent.get("valid_until") if consent["decision"] == "given" else None
    over = until is not None and datetime.fromisoformat(until) <= moment.now()
    return "active" if consent["stands"] and not over else "inactive"


def _performers(consent: dict[str, Any]) -> list[dict[str, Any]]:
    given_by = consent.get("given_by")
    return [] if given_by is None else [_who(given_by, consent["person_id"])]


def _who(given_by: dict[str, Any], person_id: str) -> dict[str, Any]:
    if given_by["capacity"] == "person":
        return person(person_id)
    account = given_by.get("account")
    told = {"type": "RelatedPerson", "display": f"{given_by['name']} ({given_by['relationship']})"}
    return {**told, **(identified(PARTY, f"worker:{account}") if account else {})}


def _withdrawals(consent: dict[str, Any]) -> list[dict[str, Any]]:
    """The provenance of each withdrawal: whose word it was, who heard it, as far as that was told, and who noted it."""
    return [
        _withdrawal(step, consent["person_id"])
        for step in consent.get("history") or []
        if step["state"] == "withdrawn"
    ]


def _withdrawal(step: dict[str, Any], person_id: str) -> dict[str, Any]:
    agents = [_agent("enterer", {"type": "Practitioner", **identified(PARTY, f"worker:{step['by']}")})]
    if step.get("given_by"):
        agents.append(_agent("informant", _who(step["given_by"], person_id)))
    if step.get("heard_by"):
        heard_by = identified(PARTY, f"worker:{step['heard_by']}")
        agents.append({"type": _concept(_ROLE, "WIT", "witness"), "who": heard_by})
    told: dict[str, Any] = {
        "resourceType": "Provenance",
        "id": f"step-{step['number']}",
        "target": [{"reference": "#"}],
        "recorded": step["at"],
        "activity": _concept(_DONE, "UPDATE", "revise"),
        "agent": agents,
    }
    if step.get("evidence"):
        told["entity"] = [{"role": "source", "what": {"display": step["evidence"]}}]
    return told


def _agent(part: str, who: dict[str, Any]) -> dict[str, Any]:
    return {"type": _concept(_TOOK_PART, part, part.capitalize()), "who": who}


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


def _provision(consent: dict[str, Any], categories: list[str], purposes: list[str]) -> dict[str, Any]:
    permits = consent["decision"] == "given"
    period = {"start": consent["valid_from"], "end": consent.get("valid_until")}
    kind = consent["recipient"].partition(":")[0]
    return {
        "type": "permit" if permits else "deny",
        "period": {name: value for name, value in period.items() if value},
        "actor": [
            {
                "role": _concept(_ROLE, "IRCP", "information recipient"),
                "reference": {"type": _KIND[kind], **identified(PARTY, consent["recipient"])},
            }
        ],
        "action": [_concept(_ACTION, "access", "Access")],
        "purpose": _purposes(purposes) if permits else _refused_purposes(purposes),
        "code": _categories(categories),
    }


def _purposes(purposes: list[str]) -> list[dict[str, Any]]:
    """Each purpose by the field's code where there is one, and by ours; a code that several share stands once."""
    return _each_once(coding for purpose in purposes for coding in reason(purpose))


def _refused_purposes(purposes: list[str]) -> list[dict[str, Any]]:
    """The field's code only where all that it stands for is refused: else it would deny what is permitted beside it."""
    return _each_once(
        coding
        for purpose in purposes
        for coding in reason(purpose)
        if coding["system"] == PURPOSE or of_one_reason(purpose) <= set(purposes)
    )


def _each_once(codings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({(coding["system"], coding["code"]): coding for coding in codings}.values())


def _categories(codes: list[str]) -> list[dict[str, Any]]:
    return [_concept(CATEGORY, code, None) for code in codes]


def _concept(system: str, code: str, display: str | None) -> dict[str, Any]:
    coding = {"system": system, "code": code, **({"display": display} if display else {})}
    return {"coding": [coding]}
