"""What other systems of the field read: FHIR R4, accepted by a model of the standard (CO-1, AU-1)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import yaml
from fhir.resources.R4B.auditevent import AuditEvent
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.consent import Consent
from hypothesis import given
from hypothesis import strategies as st

from chassis import contracts, moment
from gateway.fhir.audit_events import audit_event, bundle
from gateway.fhir.consents import bundle_of_consents, consent_resource

CATEGORIES = sorted(contracts.access_list("categories"))
PURPOSES = sorted(contracts.access_list("purposes"))
GIRL = "01931f0e-7c1a-7000-8000-0000000000bb"


def a_consent(**changes: Any) -> dict[str, Any]:
    """A consent as the door answers it; it stands as far as it is open, and a refusal whole, unless said otherwise."""
    told = {
        "id": str(uuid4()),
        "version": 1,
        "withheld": [],
        "person_id": GIRL,
        "decision": "given",
        "state": "given",
        "recipient": "organisation:young-carers",
        "categories": ["identity", "plan"],
        "live_categories": ["identity", "plan"],
        "purposes": ["care"],
        "form": "verbal",
        "evidence": None,
        "valid_from": "2026-03-04T17:00:00+00:00",
        "valid_until": None,
        "review_on": None,
        "given_by": {"capacity": "person", "name": None, "account": None, "relationship": None},
        "explanation": {"explained_by": "mentor", "explained_at": "2026-03-04T17:00:00+00:00"},
        "recorded_by": "mentor",
        "recorded_for": "school",
        "recorded_at": "2026-03-04T17:00:00+00:00",
        "history": [],
        **changes,
    }
    standing = told["categories"] if told["decision"] == "refused" else told["live_categories"]
    parts = [{"categories": standing, "purposes": told["purposes"]}] if standing else []
    return {"stands": parts, **told}


def as_fhir(**changes: Any) -> dict[str, Any]:
    """The resource, accepted by the model of the standard once more from its JSON."""
    text = consent_resource(a_consent(**changes))
    Consent.model_validate_json(text)
    told: dict[str, Any] = json.loads(text)
    return told


def codes(provision: dict[str, Any]) -> list[str]:
    return [concept["coding"][0]["code"] for concept in provision["code"]]


def test_a_consent_permits_its_recipient_its_categories_for_its_purposes() -> None:
    told = as_fhir(valid_until="2126-09-04T17:00:00+00:00")

    assert (told["status"], told["provision"]["type"]) == ("active", "permit")
    assert told["patient"]["identifier"]["value"] == GIRL
    assert told["provision"]["actor"][0]["reference"]["identifier"]["value"] == "organisation:young-carers"
    assert codes(told["provision"]) == ["identity", "plan"]
    assert told["provision"]["purpose"][0]["code"] == "TREAT"
    assert set(told["provision"]["period"]) == {"start", "end"}


def test_a_refusal_is_in_force_and_denies() -> None:
    told = as_fhir(decision="refused", state="refused", live_categories=[], explanation=None)

    assert (told["status"], told["provision"]["type"]) == ("active", "deny")
    assert told["policyRule"]["coding"][0]["code"] == "OPTOUT"


def test_a_refusal_overtaken_altogether_is_inactive() -> None:
    told = as_fhir(decision="refused", state="refused", live_categories=[], stands=[])

    assert (told["status"], told["provision"]["type"]) == ("inactive", "deny")


def test_a_refusal_overtaken_in_part_denies_what_still_stands_of_it() -> None:
    part = {"categories": ["plan"], "purposes": ["coordination"]}

    told = as_fhir(
        decision="refused",
        state="refused",
        live_categories=[],
        purposes=["care", "coordination"],
        stands=[part],
    )

    assert (told["status"], codes(told["provision"])) == ("active", ["plan"])
    assert [each["code"] for each in told["provision"]["purpose"]] == ["COC", "coordination"]
    assert "provision" not in told["provision"]


def test_a_refusal_that_stands_in_several_parts_is_several_denials_of_one_decision() -> None:
    parts = [
        {"categories": ["identity"], "purposes": ["care", "coordination"]},
        {"categories": ["plan"], "purposes": ["coordination"]},
    ]
    refusal = a_consent(decision="refused", state="refused", live_categories=[], stands=parts)

    text = consent_resource(refusal)

    entries = Bundle.model_validate_json(text).entry
    assert text == bundle_of_consents([refusal])
    assert [codes(each["resource"]["provision"]) for each in json.loads(text)["entry"]] == [
        ["identity"],
        ["plan"],
    ]
    assert [each.resource.id for each in entries] == [refusal["id"], f"{refusal['id']}-2"]
    assert {each.resource.identifier[0].value for each in entries} == {refusal["id"]}
    assert len({each.fullUrl for each in entries}) == 2


BY_MOTHER = {"capacity": "parent", "name": "The mother", "account": "mother", "relationship": "mother"}


@pytest.mark.parametrize(
    ("word", "who"),
    [
        (
            {"given_by": BY_MOTHER, "heard_by": "mentor", "evidence": "File 12, page 3"},
            {"enterer": "worker:desk", "informant": "worker:mother", "WIT": "worker:mentor"},
        ),
        (
            {"given_by": {"capacity": "person"}, "heard_by": None, "evidence": None},
            {"enterer": "worker:desk", "informant": GIRL},
        ),
        ({"given_by": None, "heard_by": None, "evidence": None}, {"enterer": "worker:desk"}),
    ],
    ids=["the mother's", "her own", "nobody said"],
)
def test_a_withdrawal_has_its_provenance(word: dict[str, Any], who: dict[str, str]) -> None:
    step = {"number": 2, "state": "withdrawn", "at": "2026-09-04T17:00:00+00:00", "by": "desk", **word}

    (told,) = as_fhir(state="withdrawn", live_categories=[], history=[step])["contained"]

    agents = {each["type"]["coding"][0]["code"]: each["who"]["identifier"]["value"] for each in told["agent"]}
    assert (told["target"], agents) == ([{"reference": "#"}], who)
    sources = [each["what"]["display"] for each in told.get("entity", [])]
    assert sources == ([word["evidence"]] if word["evidence"] else [])


def test_a_part_taken_back_is_not_permitted_and_denies_nothing_that_another_consent_permits() -> None:
    told = as_fhir(live_categories=["identity"])

    assert (codes(told["provision"]), told["provision"]["type"]) == (["identity"], "permit")
    assert "provision" not in told["provision"]


@pytest.mark.parametrize("state", ["withdrawn", "expired"])
def test_what_has_ended_is_inactive(state: str) -> None:
    assert as_fhir(state=state, live_categories=[])["status"] == "inactive"


def test_what_is_past_its_end_is_inactive_though_nobody_has_noted_it() -> None:
    end = datetime(2026, 9, 4, 17, tzinfo=UTC)
    try:
        statuses = []
        for now in (end - timedelta(microseconds=1), end):
            moment.told_by(lambda now=now: now)
            statuses += [as_fhir(valid_until=end.isoformat())["status"]]
            refusal = {"decision": "refused", "state": "refused", "live_categories": []}
            statuses += [as_fhir(valid_until=end.isoformat(), **refusal)["status"]]
    finally:
        moment.told_by(None)
    assert statuses == ["active", "active", "inactive", "active"]


def test_after_a_parents_last_day_the_child_confirms() -> None:
    given_by = {
        "capacity": "parent",
        "name": "The mother",
        "account": "mother",
        "relationship": "mother",
        "until": "2026-09-03",
    }
    # The second is late in the evening of that last day, by the clock on the wall.
    moments = ["2026-08-04T17:00:00+00:00", "2026-09-04T05:00:00+00:00", "2026-09-04T17:00:00+00:00"]
    steps = [{"number": 2, "state": "reviewed", "at": at, "by": "mentor"} for at in moments]

    told = as_fhir(given_by=given_by, history=steps)["verification"]

    whom = [each["verifiedWith"]["type"] for each in told]
    assert whom == ["RelatedPerson", "RelatedPerson", "RelatedPerson", "Patient"]


def test_who_decided_in_the_persons_place_performed_it() -> None:
    given_by = {"capacity": "parent", "name": "The mother", "account": "mother", "relationship": "mother"}

    performer = as_fhir(given_by=given_by)["performer"][0]

    assert performer["type"] == "RelatedPerson"
    assert performer["identifier"]["value"] == "worker:mother"


def test_what_the_reader_may_not_see_is_left_out_and_the_resource_stands() -> None:
    kept_back = a_consent()
    for name in ("evidence", "given_by", "explanation", "history"):
        del kept_back[name]

    told = Consent.model_validate_json(consent_resource(kept_back))

    assert (told.status, told.provision.type, told.performer) == ("active", "permit", None)


def test_nobody_is_named_as_the_decider_whom_the_reader_may_not_know() -> None:
    kept_back = a_consent()
    del kept_back["given_by"]

    told = json.loads(consent_resource(kept_back))

    assert "performer" not in told
    assert all("verifiedWith" not in each for each in told["verification"])


def test_a_review_verifies_and_the_agreement_is_the_policy() -> None:
    step = {"number": 2, "state": "reviewed", "at": "2026-09-04T17:00:00+00:00", "by": "mentor"}
    agreement = str(uuid4())

    told = as_fhir(history=[step], agreement_id=agreement)

    dates = [each["verificationDate"][:10] for each in told["verification"]]
    assert dates == ["2026-03-04", "2026-09-04"]
    assert told["policy"] == [{"uri": f"urn:uuid:{agreement}"}]


def test_a_purpose_that_the_field_has_one_code_for_stands_once_beside_ours() -> None:
    told = as_fhir(purposes=["care", "assessment"])["provision"]["purpose"]

    assert [each["code"] for each in told] == ["TREAT", "care", "assessment"]


def test_a_code_of_the_field_is_refused_only_with_all_that_it_stands_for() -> None:
    refusal = {"decision": "refused", "state": "refused", "live_categories": []}

    some, whole = (
        as_fhir(**refusal, purposes=each)["provision"]["purpose"]
        for each in (["assessment"], ["care", "assessment"])
    )

    assert [each["code"] for each in some] == ["assessment"]
    assert [each["code"] for each in whole] == ["TREAT", "care", "assessment"]


@pytest.mark.parametrize(
    ("recipient", "kind"),
    [("worker:mentor", "Practitioner"), ("organisation:school", "Organization"), ("team:east", "CareTeam")],
)
def test_the_recipient_is_of_its_kind(recipient: str, kind: str) -> None:
    actor = as_fhir(recipient=recipient)["provision"]["actor"][0]

    assert (actor["reference"]["type"], actor["reference"]["identifier"]["value"]) == (kind, recipient)


def test_all_of_a_person_is_one_collection_and_of_nobody_an_empty_one() -> None:
    consents = [a_consent(), a_consent(decision="refused", state="refused", live_categories=[])]

    bundle = Bundle.model_validate_json(bundle_of_consents(consents))

    assert [each.resource.provision.type for each in bundle.entry] == ["permit", "deny"]
    assert [each.fullUrl for each in bundle.entry] == [f"urn:uuid:{each['id']}" for each in consents]
    assert json.loads(bundle_of_consents([])) == {"resourceType": "Bundle", "type": "collection"}


DECIDERS = st.sampled_from(
    [
        {"capacity": "person"},
        {"capacity": "parent", "name": "The mother", "account": None, "relationship": "mother"},
        {"capacity": "substitute", "name": "The aunt", "account": "aunt", "relationship": "aunt"},
    ]
)
SOME = st.lists(st.sampled_from(CATEGORIES), min_size=1, unique=True)


@given(
    categories=SOME,
    open_ones=SOME,
    purposes=st.lists(st.sampled_from(PURPOSES), min_size=1, unique=True),
    decision=st.sampled_from(["given", "refused"]),
    state=st.sampled_from(["given", "withdrawn", "expired"]),
    evidence=st.none() | st.text(min_size=1, max_size=50).filter(str.strip),
    given_by=DECIDERS,
)
def test_every_consent_is_a_resource_of_the_standard(
    categories: list[str],
    open_ones: list[str],
    purposes: list[str],
    decision: str,
    state: str,
    evidence: str | None,
    given_by: dict[str, Any],
) -> None:
    live = [code for code in categories if code in open_ones] if decision == "given" else []
    state = "withdrawn" if state == "given" and not live else state
    told = as_fhir(
        categories=categories,
        live_categories=live if state == "given" else [],
        purposes=purposes,
        decision=decision,
        state="refused" if decision == "refused" else state,
        evidence=evidence,
        given_by=given_by,
    )
    in_force = decision == "refused" or state == "given"
    assert told["status"] == ("active" if in_force else "inactive")
    standing = live if decision == "given" and in_force else categories
    assert sorted(codes(told["provision"])) == sorted(standing)


def entries() -> list[dict[str, Any]]:
    """The examples of every service's audit entries."""
    folder = contracts.folder() / "events"
    return [
        example["data"]
        for path in sorted(folder.glob("*.access.recorded.v1.yaml"))
        for example in yaml.safe_load(path.read_text(encoding="utf-8"))["examples"]
    ]


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: f"{entry['service']}-{entry['outcome']}")
def test_every_entry_is_an_audit_event_of_the_standard(entry: dict[str, Any]) -> None:
    text = audit_event(
        {"id": entry["entry_id"], "position": 7, "leaf": "AAAA", "sealed": True, "entry": entry}
    )

    AuditEvent.model_validate_json(text)
    told = json.loads(text)
    assert told["outcome"] == ("0" if entry["outcome"] == "permitted" else "4")
    assert told["agent"][0]["who"]["identifier"]["value"] == f"worker:{entry['actor']['subject']}"
    patients = [each for each in told["entity"] if each.get("role", {}).get("code") == "1"]
    assert [each["what"]["identifier"]["value"] for each in patients] == entry["persons"]


ONE_RECORD = {
    **entries()[0],
    "persons": [GIRL],
    "records": [{"kind": "case", "id": str(uuid4())}],
    "outcome": "permitted",
    "origin": "192.0.2.7",
}


@pytest.mark.parametrize("action", ["read", "search", "export", "write", "sign_in", "system"])
def test_every_action_has_a_pattern(action: str) -> None:
    entry = {**ONE_RECORD, "action": action}

    told = json.loads(audit_event({"position": 0, "leaf": "AAAA", "entry": entry}))

    assert told["meta"]["profile"][0].startswith(
        "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
    )


def told_of(**changes: Any) -> dict[str, Any]:
    entry = {**ONE_RECORD, **changes}
    told: dict[str, Any] = json.loads(audit_event({"position": 0, "leaf": "AAAA", "entry": entry}))
    return told


@pytest.mark.parametrize(
    ("action", "pattern", "code", "interaction", "client", "server"),
    [
        ("read", "PatientRead", "R", "read", "110152", "110153"),
        ("export", "PatientRead", "R", "read", "110152", "110153"),
        ("search", "PatientQuery", "E", "search-type", "110153", "110152"),
        ("write", "PatientUpdate", "U", "update", "110153", "110152"),
    ],
)
def test_each_pattern_has_its_codes_and_says_where_the_data_went(
    action: str, pattern: str, code: str, interaction: str, client: str, server: str
) -> None:
    told = told_of(action=action, service="audit")

    assert told["meta"]["profile"][0].endswith(f"IHE.BasicAudit.{pattern}")
    assert (told["action"], told["subtype"][0]["code"]) == (code, interaction)
    roles = {
        each["who"]["identifier"]["value"]: each["type"]["coding"][0]["code"] for each in told["agent"][-2:]
    }
    assert roles == {"service:gateway": client, "service:audit": server}
    queries = [each["query"] for each in told["entity"] if each.get("role", {}).get("code") == "24"]
    assert len(queries) == (1 if action == "search" else 0)


def test_an_event_has_what_its_pattern_asks_for_and_claims_no_pattern_otherwise() -> None:
    """The slices of BALP 1.1: who may have an address, and how many objects there are of the type that tells them."""
    for action, whose in [("read", "IRCP"), ("search", "IRCP"), ("write", "AUT")]:
        told = told_of(action=action)
        by_type = {each["type"]["coding"][0]["code"]: each for each in told["agent"]}
        assert len(by_type) == len(told["agent"])
        assert (by_type[whose]["requestor"], "network" in by_type[whose]) == (True, False)
        assert all(by_type[code]["network"]["address"] for code in ("110152", "110153"))
        objects = [each for each in told["entity"] if each.get("type", {}).get("code") == "2"]
        assert len(objects) == 1
        assert ("query" in objects[0]) == (action == "search")
    several = [{"kind": "case", "id": str(uuid4())} for _ in range(2)]
    assert told_of(action="search", records=several)["meta"]["profile"]
    for changes in (
        {"outcome": "denied", "reason": "access_denied"},
        {"origin": None},
        {"action": "read", "records": several},
        {"action": "write", "records": []},
    ):
        assert "meta" not in told_of(**changes), changes


def test_an_entry_about_several_keeps_to_the_pattern_without_a_patient() -> None:
    told = told_of(persons=[GIRL, str(uuid4())], action="read")
    assert told["meta"]["profile"][0].endswith("IHE.BasicAudit.Read")


def test_a_page_of_entries_is_a_bundle_of_the_standard_with_a_link_to_the_next() -> None:
    placed = [
        {"id": each["entry_id"], "position": at, "leaf": "AAAA", "sealed": True, "entry": each}
        for at, each in enumerate(entries())
    ]
    links = {"self": "https://icm.example/here", "next": "https://icm.example/next"}
    told = json.loads(bundle(placed, links=links))

    Bundle.model_validate(told)
    assert [each["resource"]["id"] for each in told["entry"]] == [each["entry_id"] for each in entries()]
    assert [link["relation"] for link in told["link"]] == ["self", "next"]
    Bundle.model_validate_json(bundle([], links={"self": "https://icm.example/here"}))
