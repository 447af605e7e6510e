"""Every operation of the published document, and good requests made from its schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from tests.security.family import NOW, SINCE, SOON
from tests.security.sign_ins import RUN, Actor
from tests.security.world import document

_METHODS = ("get", "post", "put", "patch", "delete")
# Texts that must have a form, by the name of the field.
_FORMS: dict[str, Any] = {
    "sha256": "0" * 64,
    "languages": ["en"],
    "written_languages": ["en"],
    "preferred_language": "en",
    "interpreter_language": "en",
    "email": "somebody@example.org",
    "postal_code": "V8V 1A1",
    "number": "1",
    "size": 1,
    "rows": 1,
    "recipient": f"worker:nobody-{RUN}",
    "starts_on": SINCE,
    "ends_on": SOON,
    "valid_from": None,
    "valid_until": None,
}


@dataclass(frozen=True)
class Route:
    """One operation of the document."""

    method: str
    path: str
    permission: str
    raw: Mapping[str, Any]
    whole: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def names(self) -> list[str]:
        """The names in the path."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    @property
    def reads(self) -> bool:
        """Whether it only reads."""
        return self.method == "get" or not any(
            each.get("name") == "Idempotency-Key" for each in self.parameters
        )

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """Its parameters, references followed."""
        return [self.followed(each) for each in self.raw.get("parameters", [])]

    @property
    def query(self) -> list[str]:
        """The names that may stand in the query."""
        return [each["name"] for each in self.parameters if each["in"] == "query"]

    @property
    def versioned(self) -> bool:
        """Whether it asks for If-Match."""
        return any(each["name"] == "If-Match" for each in self.parameters)

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of its JSON body, if it takes one."""
        content = self.raw.get("requestBody", {}).get("content", {})
        return self.followed(content["application/json"]["schema"]) if "application/json" in content else None

    def followed(self, part: Mapping[str, Any]) -> dict[str, Any]:
        """A part of the document, its reference followed."""
        while "$ref" in part:
            found: Any = self.whole
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            part = found
        return dict(part)

    def address(self, ids: Mapping[str, str]) -> str:
        """The address under /api/v1 with these names filled in."""
        path = self.path.removeprefix("/api/v1")
        for name in self.names:
            path = path.replace("{" + name + "}", str(ids[name]))
        return path

    def good_body(self, ids: Mapping[str, str]) -> dict[str, Any] | None:
        """A body with what must be there, naming records that are there."""
        schema = self.body
        return None if schema is None else sample(self, schema, ids)

    def ask(
        self,
        actor: Actor,
        ids: Mapping[str, str],
        *,
        body: Any = ...,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Ask it with a good request, as far as the document tells what is good."""
        sent = {**({"If-Match": '"1.00000000"'} if self.versioned else {}), **(headers or {})}
        content = None
        if "requestBody" in self.raw and self.body is None:
            content, sent["Content-Type"] = b"reference\n", "text/csv"
        given = self.good_body(ids) if body is ... else body
        if given is None and self.method != "get":
            given = {}
        asked = {**self.good_query(ids), **(query or {})}
        return actor.ask(
            self.method.upper(), self.address(ids), given, query=asked, headers=sent, content=content
        )

    def good_query(self, ids: Mapping[str, str]) -> dict[str, Any]:
        """The parameters that must be there."""
        needed = [each for each in self.parameters if each["in"] == "query" and each.get("required")]
        return {
            each["name"]: ids.get(each["name"], sample(self, each["schema"], ids, each["name"]))
            for each in needed
        }


def routes() -> list[Route]:
    """All of them, but the stream that never ends."""
    return [each for each in _routes(document()) if each.path != "/api/v1/audit/stream"]


def _routes(whole: dict[str, Any]) -> Iterator[Route]:
    for path, item in whole["paths"].items():
        for method in _METHODS:
            if method in item:
                yield Route(method, path, item[method]["x-permission"], item[method], whole)


def sample(route: Route, schema: Mapping[str, Any], ids: Mapping[str, str], name: str = "") -> Any:
    """Something good of this schema: what must be there, records by their names in `ids`."""
    schema = route.followed(schema)
    for joint in ("allOf", "anyOf", "oneOf"):
        if joint in schema:
            return sample(route, schema[joint][0], ids, name)
    if name in ids and schema.get("type") != "array":
        return ids[name]
    if name in _FORMS:
        return _FORMS[name]
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if schema.get("enum"):
        return next(each for each in schema["enum"] if each is not None)
    if kind == "object":
        return {
            field: sample(route, schema["properties"][field], ids, field)
            for field in schema.get("required", [])
        }
    if kind == "array":
        one = name.removesuffix("s")
        return [ids[one]] if one in ids else [sample(route, schema["items"], ids, one)]
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    return _text(schema, ids, name)


def _text(schema: Mapping[str, Any], ids: Mapping[str, str], name: str) -> str:
    form = schema.get("format")
    if form == "uuid":
        return ids.get(name, "00000000-0000-4000-8000-000000000000")
    if form == "date":
        return SOON if name in ("due_on", "target_on", "review_on", "valid_until") else SINCE
    if form == "date-time":
        return NOW
    if form == "decimal":
        return "1.00"
    least = schema.get("minLength", 1)
    return "none".ljust(least, "x")


# What `{id}` means at an address that begins like this, by the name in `Family.ids`.
ID_OF = {
    "/agreements": "agreement_id",
    "/alerts": "alert_id",
    "/audit/entries": "audit_entry_id",
    "/audit/holds": "hold_id",
    "/authorisations": "authorisation_id",
    "/consents": "consent_id",
    "/emergency-accesses": "emergency_id",
    "/invoices": "invoice_id",
    "/payments": "payment_id",
    "/prior-decisions": "prior_decision_id",
    "/providers": "provider_id",
    "/representatives": "representative_id",
    "/restrictions": "restriction_id",
    "/withdrawals": "withdrawal_id",
}
_FIXED = {
    "clock": "first_contact",
    "form": "common_assessment",
    "form_version": "1",
    "number": "1",
    "organisation": f"agency-{RUN}",
    "program": "bus_pass",
    "worker": f"worker-{RUN}",
    "kind": "case",
}


def names_at(route: Route, ids: Mapping[str, str]) -> dict[str, str]:
    """What the names in a route's path, query and body stand for, when they mean the records in `ids`."""
    path = route.path.removeprefix("/api/v1")
    known = {**_FIXED, **ids}
    if path.startswith("/checklist-forms"):
        known["form"] = "pre_assessment_checklist"
    if path.startswith("/mediations"):
        known["contact_id"] = ids.get("mediation_contact_id", "")
    if "/accounts/" in path:
        known["link_id"] = ids.get("account_link_id", "")
    if path.startswith("/why/"):
        known["kind"], wanted = _EXPLAINED[path.removeprefix("/why/")]
        known["id"] = ids.get(wanted, "")
    known["account"] = f"nobody-{RUN}"
    known["other_person_id"] = ids.get("relative_id", "")
    for prefix, name in ID_OF.items():
        if path.startswith(prefix):
            known["id"] = ids.get(name, "")
    return known


_EXPLAINED = {
    "audit": ("entry", "audit_entry_id"),
    "cases": ("case", "case_id"),
    "consent": ("consent", "consent_id"),
    "intake": ("referral", "referral_id"),
    "portal": ("authorisation", "authorisation_id"),
}
