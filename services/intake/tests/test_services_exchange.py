"""The service directory goes in and out as HSDS without loss, and nothing wrong gets in (IN-11)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.services_directory.specification import specification
from services.intake.tests.front_desk import DESK, good, refused
from services.intake.tests.services_desk import (
    KEEPER,
    SYSTEM,
    canonical,
    hsds_id,
    located,
    need,
    service,
)

SHELTER = service(
    "Shelter",
    service_at_locations=[located("House", "Victoria")],
    attributes=[need("BH-1800", "Emergency shelter")],
    phones=[
        {"id": hsds_id("phone"), "number": "250 555 0100", "languages": [{"id": hsds_id("fr"), "code": "fr"}]}
    ],
    capacities=[
        {
            "id": hsds_id("beds"),
            "available": 3,
            "maximum": 40,
            "updated": "2026-03-01T08:00:00-08:00",
            "unit": {"id": hsds_id("bed"), "name": "Bed"},
        }
    ],
)


def test_what_was_imported_is_exported_again(services):
    services.imports({"services": [SHELTER]})
    assert canonical(services.exported()) == canonical({"services": [SHELTER]})


def test_fields_that_the_schema_does_not_know_are_kept(services):
    more = {**SHELTER, "x_pets": {"dogs": True, "sizes": ["small", "large"]}, "x_beds": 12.5}
    services.imports({"services": [more]})
    assert services.read("Shelter")["hsds"]["x_pets"] == {"dogs": True, "sizes": ["small", "large"]}
    assert canonical(services.exported()) == canonical({"services": [more]})


def test_flat_lists_with_identifiers_are_the_same_directory_as_nested_objects(services):
    flat = {
        "organizations": [{"id": hsds_id("society"), "name": "Harbour Society", "description": "Help."}],
        "locations": [{"id": hsds_id("place"), "location_type": "physical"}],
        "services": [
            {
                "id": hsds_id("Shelter"),
                "organization_id": hsds_id("society"),
                "name": "Shelter",
                "status": "active",
            }
        ],
        "service_at_locations": [
            {"id": hsds_id("at"), "service_id": hsds_id("Shelter"), "location_id": hsds_id("place")}
        ],
        "phones": [{"id": hsds_id("phone"), "service_id": hsds_id("Shelter"), "number": "250 555 0100"}],
        "attributes": [
            {"id": hsds_id("a"), "link_id": hsds_id("Shelter"), "link_entity": "service", "value": "beds"}
        ],
    }
    services.imports(flat)
    told = services.read("Shelter")["hsds"]
    assert told["organization"]["name"] == "Harbour Society"
    assert told["service_at_locations"][0]["location"]["location_type"] == "physical"
    assert told["phones"][0]["number"] == "250 555 0100"
    assert told["attributes"][0]["value"] == "beds"
    assert canonical(services.exported()) == canonical(flat)


def test_a_page_of_another_directory_and_a_bare_list_are_understood(services):
    services.imports({"total_items": 1, "page_number": 1, "contents": [SHELTER]})
    services.imports([service("Kitchen")])
    assert services.found() == ["Kitchen", "Shelter"]


def test_the_same_import_again_changes_nothing(services):
    first = services.imports({"services": [SHELTER]})
    again = services.imports({"services": [SHELTER]})
    assert (again["created"], again["changed"]) == (0, 0)
    assert again["unchanged"] == first["created"]


def test_the_same_part_again_in_one_import_changes_nothing(services):
    import_id = services.begin()
    good(services.part(import_id, {"services": [SHELTER]}))
    again = good(services.part(import_id, {"services": [SHELTER]}))
    assert (again["created"], again["changed"]) == (0, 0)


def test_what_a_later_import_leaves_out_of_a_service_is_gone(services):
    services.imports({"services": [SHELTER]})
    plain = service("Shelter")
    assert services.imports({"services": [plain]})["changed"] == 1
    assert canonical(services.exported()) == canonical({"services": [plain]})


def test_parts_of_one_import_add_to_each_other(services):
    import_id = services.begin()
    good(services.part(import_id, {"services": [service("Shelter")]}))
    more = {"id": hsds_id("society"), "name": "Harbour Society", "website": "https://harbour.example"}
    more["description"] = "Housing, food and counsel."
    good(services.part(import_id, {"organizations": [more]}))
    good(services.end(import_id))
    assert services.read("Shelter")["hsds"]["organization"]["website"] == "https://harbour.example"


@pytest.mark.parametrize(("absent", "left"), [("keep", ["Kitchen", "Shelter"]), ("remove", ["Kitchen"])])
def test_services_that_a_source_tells_no_more_are_kept_or_removed_as_chosen(services, absent, left):
    services.imports({"services": [SHELTER, service("Kitchen")]})
    services.imports({"services": [service("Elsewhere")]}, source="island-directory")
    assert services.imports({"services": [service("Kitchen")]}, absent=absent)["removed"] == 2 - len(left)
    assert services.found() == sorted([*left, "Elsewhere"])


def test_a_removed_service_is_nowhere_and_comes_back_when_it_is_told_again(services):
    services.imports({"services": [SHELTER, service("Kitchen")]})
    services.imports({"services": [service("Kitchen")]}, absent="remove")
    answer = services.call("read_service", {"service_id": hsds_id("Shelter")}, actor=KEEPER)
    assert refused(answer) == "not_found"
    assert [each["name"] for each in services.exported()["services"]] == ["Kitchen"]
    services.imports({"services": [SHELTER]})
    assert services.found() == ["Kitchen", "Shelter"]


def test_an_empty_import_removes_nothing(services):
    services.imports({"services": [SHELTER]})
    answer = services.end(services.begin(absent="remove"))
    assert refused(answer) == "nothing_told"
    assert services.found() == ["Shelter"]


# -- what is wrong


@pytest.mark.parametrize(
    ("wrong", "pointer", "rule"),
    [
        ({"name": None}, "/content/services/0/name", "required"),
        ({"name": ""}, "/content/services/0/name", "required"),
        ({"status": "open"}, "/content/services/0/status", "choice"),
        ({"id": "12"}, "/content/services/0/id", "uuid"),
        ({"id": None}, "/content/services/0/id", "required"),
        ({"url": "harbour.example"}, "/content/services/0/url", "uri"),
        ({"email": "nobody"}, "/content/services/0/email", "email"),
        ({"minimum_age": "19"}, "/content/services/0/minimum_age", "type"),
        ({"minimum_age": True}, "/content/services/0/minimum_age", "type"),
        ({"last_modified": "yesterday"}, "/content/services/0/last_modified", "time"),
        ({"description": 7}, "/content/services/0/description", "type"),
        ({"description": "x" * 20_001}, "/content/services/0/description", "length"),
        ({"x_note": "a\0b"}, "/content/services/0/x_note", "characters"),
        ({"phones": {}}, "/content/services/0/phones", "type"),
        ({"phones": ["250 555 0100"]}, "/content/services/0/phones/0", "object"),
        ({"phones": [{"id": hsds_id("p")}]}, "/content/services/0/phones/0/number", "required"),
        ({"organization": {"id": hsds_id("o")}}, "/content/services/0/organization/name", "required"),
        ({"organization_id": hsds_id("unknown")}, "/content/services/0/organization_id", "reference"),
        (
            {"capacities": [{"id": hsds_id("c"), "available": 1, "updated": "2026-03-01T08:00:00Z"}]},
            "/content/services/0/capacities/0/unit",
            "required",
        ),
    ],
)
def test_a_part_with_an_error_is_refused_with_pointer_and_rule(services, wrong, pointer, rule):
    assert (pointer, rule) in services.refused({"services": [{**service("Shelter"), **wrong}]})
    assert services.found() == []


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("services", ("/content", "object")),
        (7, ("/content", "object")),
        ({"shops": []}, ("/content/shops", "unknown_table")),
        ({"a/b~c": []}, ("/content/a~1b~0c", "unknown_table")),
        ({"services": {}}, ("/content/services", "type")),
        ({"services": [None]}, ("/content/services/0", "object")),
        ([3], ("/content/0", "object")),
    ],
)
def test_content_that_is_no_directory_is_refused(services, content, error):
    assert error in services.refused(content)


def test_one_error_keeps_the_whole_part_out_and_every_error_is_told(services):
    import_id = services.begin()
    parts = [service("Shelter"), service("Kitchen", status="open"), service("Clinic", url="x")]
    answer = services.part(import_id, {"services": parts})
    assert len(answer.body["errors"]) == 2
    assert services.found() == []
    good(services.part(import_id, {"services": [parts[0]]}))
    assert services.found() == ["Shelter"]


def test_the_same_object_cannot_say_two_things(services):
    other = service("Kitchen")
    other["organization"] = {**other["organization"], "name": "Harbor Society"}
    pointer = "/content/services/1/organization/name"
    assert (pointer, "contradiction") in services.refused({"services": [service("Shelter"), other]})


def test_nor_can_two_parts_of_one_import(services):
    import_id = services.begin()
    good(services.part(import_id, {"services": [service("Shelter")]}))
    answer = services.part(import_id, {"services": [service("Shelter", description="Other")]})
    assert answer.status == 200
    answer = services.part(import_id, {"services": [service("Shelter", description="Yet another")]})
    assert answer.body["errors"][0]["rule"] == "contradiction"


def test_parts_come_from_whoever_began_and_until_the_end(services):
    import_id = services.begin()
    assert refused(services.part(import_id, {"services": []}, by=KEEPER)) == "import_of_another_sender"
    good(services.end(import_id))
    assert refused(services.part(import_id, {"services": []})) == "import_ended"
    assert refused(services.end(import_id)) == "import_ended"


def test_beginning_again_gives_an_unfinished_import_up(services):
    left = services.begin()
    services.begin()
    assert refused(services.part(left, {"services": []})) == "import_ended"
    page = good(services.call("list_service_imports", {"source": "bc-211"}, actor=SYSTEM))
    assert [each["state"] for each in page["items"]] == ["open", "given_up"]


def test_the_front_desk_does_not_import(services):
    body = {"source": "bc-211", "absent": "keep"}
    assert refused(services.call("begin_service_import", body, actor=DESK)) == "permission_missing"


# -- whatever is told


def any_text() -> st.SearchStrategy[str]:
    signs = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    return st.text(signs, min_size=1, max_size=12) | st.sampled_from(["مأوى", "Épicerie 🍞", "x" * 300])


def value_of(kind: Any) -> st.SearchStrategy[Any]:
    if isinstance(kind, list):
        return st.sampled_from(kind)
    return {
        "number": st.integers(-(2**40), 2**40) | st.floats(-(2**40), 2**40, width=32),
        "uri": st.just("https://example.org/a?b=ç"),
        "email": st.just("somebody@example.org"),
        "time": st.just("2026-03-01T08:00:00.5-08:00"),
        "uuid": st.none(),
    }.get(kind, any_text())


@st.composite
def objects(draw: st.DrawFn, kind: str, depth: int, made: list[int]) -> dict[str, Any]:
    """An object of HSDS with some of its fields, some unknown ones, and some of what it may hold."""
    table = specification().tables[kind]
    made[0] += 1
    told: dict[str, Any] = {"id": str(UUID(int=made[0]))}
    for name, type_ in table.fields.items():
        if name == "id" or (type_ == "uuid" and name not in table.required):
            continue
        if name in table.required or draw(st.integers(0, 3)) == 0:
            told[name] = draw(value_of(type_))
    if draw(st.booleans()):
        told["x_own"] = draw(st.recursive(st.none() | st.booleans() | any_text(), st.lists, max_leaves=4))
    for name, held in table.many.items():
        if depth and draw(st.integers(0, 5)) == 0:
            told[name] = [draw(objects(held, depth - 1, made)) for _ in range(draw(st.integers(0, 2)))]
    for name, held in table.one.items():
        if depth and (name in table.required or draw(st.integers(0, 2)) == 0):
            told[name] = draw(objects(held, depth - 1, made))
    return told


@st.composite
def directories(draw: st.DrawFn) -> dict[str, Any]:
    made = [0]
    lists: dict[str, Any] = {}
    for kind in draw(
        st.lists(st.sampled_from(sorted(specification().tables)), min_size=1, max_size=4, unique=True)
    ):
        listed = specification().tables[kind].listed_as
        depth = 1 if kind == "service_capacity" else 4
        lists[listed] = [draw(objects(kind, depth, made)) for _ in range(draw(st.integers(1, 2)))]
    return lists


@given(told=directories())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_directory_goes_in_comes_out_without_loss(whole_database, services, told):
    whole_database.clear()
    services.imports(told)
    assert canonical(services.exported(limit=5)) == canonical(told)
    services.imports(services.exported())
    assert canonical(services.exported()) == canonical(told)


def test_every_object_of_the_schema_is_known_with_what_it_must_have():
    """The required fields of HSDS 3.1, as its public schema lists them."""
    must = {kind: set(table.required) for kind, table in specification().tables.items()}
    assert len(must) == 24
    assert must["service"] == {"id", "name", "status"}
    assert must["organization"] == {"id", "name", "description"}
    assert must["location"] == {"id", "location_type"}
    assert must["service_at_location"] == {"id"}
    assert must["phone"] == {"id", "number"}
    assert must["url"] == {"id", "url"}
    assert must["unit"] == {"id", "name"}
    assert must["service_capacity"] == {"id", "unit", "available", "updated"}
    assert must["address"] == {
        *("id", "address_1", "city", "state_province", "postal_code", "country", "address_type"),
    }
    assert all("id" in required for required in must.values())
