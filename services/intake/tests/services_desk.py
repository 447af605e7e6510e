"""The words of the service directory: services as HSDS tells them, imports, and looking for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from chassis.identity import Actor
from chassis.testing import Answer, make_actor
from intake.services_directory.flattening import flattened
from services.intake.tests.front_desk import TEAM_LEAD, good

KEEPER = make_actor(subject="directory-keeper", organisation="ministry", roles=["contracts_officer"])
SYSTEM = make_actor(subject="bc-211", organisation="bc-211", roles=["system_feed"])


def hsds_id(name: str) -> str:
    """The identifier of an object in these tests, by its name."""
    return str(uuid5(NAMESPACE_URL, name))


def service(name: str, **told: Any) -> dict[str, Any]:
    """A service of one organization, as HSDS nests it."""
    return {
        "id": hsds_id(name),
        "name": name,
        "status": "active",
        "organization": {
            "id": hsds_id("society"),
            "name": "Harbour Society",
            "description": "Housing, food and counsel.",
        },
        **told,
    }


def located(name: str, city: str, **told: Any) -> dict[str, Any]:
    """A service at a place in a locality."""
    return {
        "id": hsds_id(f"at {name}"),
        "location": {
            "id": hsds_id(name),
            "location_type": "physical",
            "addresses": [
                {
                    "id": hsds_id(f"address of {name}"),
                    "address_1": "1 Main Street",
                    "city": city,
                    "state_province": "BC",
                    "postal_code": "V8W 1A1",
                    "country": "CA",
                    "address_type": "physical",
                }
            ],
            **told,
        },
    }


def need(code: str, name: str) -> dict[str, Any]:
    """An attribute that says what a service is for, by a term of a taxonomy."""
    return {
        "id": hsds_id(f"attribute {code}"),
        "taxonomy_term": {
            "id": hsds_id(f"term {code}"),
            "code": code,
            "name": name,
            "description": f"Services for {name}.",
        },
    }


def hours(days: str, opens: str, closes: str, **told: Any) -> dict[str, Any]:
    """Weekly opening hours."""
    return {
        "id": hsds_id(f"hours {days} {opens}"),
        "freq": "WEEKLY",
        "byday": days,
        "opens_at": opens,
        "closes_at": closes,
        **told,
    }


def canonical(content: Any) -> dict[str, Any]:
    """Content in the one form in which two writings of the same directory are equal."""
    flat = flattened(content)
    assert flat.errors == []
    return {
        "objects": dict(sorted(flat.objects.items())),
        "holdings": {held: keys for held, keys in sorted(flat.holdings.items()) if keys},
        "roots": sorted(flat.roots),
    }


@dataclass
class ServicesDesk:
    """Steps around the service directory, each through its door."""

    call: Callable[..., Answer]

    def begin(self, *, source: str = "bc-211", absent: str = "keep", by: Actor = SYSTEM) -> str:
        body = {"source": source, "absent": absent}
        return str(good(self.call("begin_service_import", body, actor=by))["id"])

    def part(self, import_id: str, content: Any, *, by: Actor = SYSTEM) -> Answer:
        return self.call("take_services", {"import_id": import_id, "content": content}, actor=by)

    def end(self, import_id: str, *, by: Actor = SYSTEM) -> Answer:
        return self.call("finish_service_import", {"import_id": import_id}, actor=by)

    def imports(self, content: Any, **told: Any) -> dict[str, Any]:
        """The whole of an import in one part."""
        import_id = self.begin(**told)
        good(self.part(import_id, content))
        return good(self.end(import_id))

    def refused(self, content: Any) -> list[tuple[str, str]]:
        """Where and by which rule a part is refused."""
        answer = self.part(self.begin(), content)
        assert answer.status == 422, answer.body
        return [(error["pointer"], error["rule"]) for error in answer.body["errors"]]

    def exported(self, *, limit: int = 25) -> dict[str, list[Any]]:
        """The whole directory, page by page."""
        lists: dict[str, list[Any]] = {}
        cursor = None
        while True:
            body = {"limit": limit, "cursor": cursor}
            page = good(self.call("export_services", body, actor=KEEPER))
            for name, listed in page["content"].items():
                lists.setdefault(name, []).extend(listed)
            cursor = page["next_cursor"]
            if cursor is None:
                return lists

    def found(self, *, by: Actor = TEAM_LEAD, **asked: Any) -> list[str]:
        """The names of what a search finds, over all pages."""
        names: list[str] = []
        cursor = None
        while True:
            page = good(self.call("search_services", {**asked, "cursor": cursor}, actor=by))
            names += [each["name"] for each in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return sorted(names)

    def read(self, name: str, *, by: Actor = TEAM_LEAD) -> dict[str, Any]:
        return good(self.call("read_service", {"service_id": hsds_id(name)}, actor=by))
