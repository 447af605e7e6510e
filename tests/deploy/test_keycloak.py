"""The Keycloak realm gives the tokens that services take, to the people whom the contracts know (GW-1)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def realm() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((CHECKOUT / "deploy/keycloak/icm-realm.json").read_text())
    return read


def test_its_roles_are_those_of_the_contracts(realm: dict[str, Any]) -> None:
    contracts = yaml.safe_load((CHECKOUT / "contracts/access/roles.yaml").read_text())

    assert {role["name"] for role in realm["roles"]["realm"]} == set(contracts)


def test_its_people_are_those_of_the_development_provider(realm: dict[str, Any]) -> None:
    people = yaml.safe_load((CHECKOUT / "deploy/local/icm/openid/demo_sign_ins.yaml").read_text())
    theirs = {
        user["id"]: {
            "roles": user["realmRoles"],
            "organisation": next(iter(user["attributes"].get("organisation", [])), None),
            "teams": user["attributes"].get("teams", []),
        }
        for user in realm["users"]
    }

    assert theirs == {
        subject: {
            "roles": person["roles"],
            "organisation": person.get("organisation"),
            "teams": person.get("teams", []),
        }
        for subject, person in people.items()
    }


def test_every_client_gets_tokens_of_the_right_type_audience_and_claims_and_no_more(
    realm: dict[str, Any],
) -> None:
    [scope] = realm["clientScopes"]
    mappers = {mapper["name"]: mapper for mapper in scope["protocolMappers"]}
    assert set(mappers) == {"subject", "audience", "roles", "organisation", "teams"}
    assert mappers["audience"]["config"]["included.custom.audience"] == "icm"
    for claim in ("roles", "organisation", "teams"):
        assert mappers[claim]["config"]["claim.name"] == claim
    assert all(mapper["config"]["access.token.claim"] == "true" for mapper in mappers.values())
    for client in realm["clients"]:
        assert client["attributes"]["access.token.header.type.rfc9068"] == "true"
        assert client["attributes"]["access.token.signed.response.alg"] == "ES256"
        assert client["defaultClientScopes"] == [scope["name"]] and client["optionalClientScopes"] == []
        assert not client["directAccessGrantsEnabled"] and not client["implicitFlowEnabled"]


def test_a_program_in_a_browser_must_use_pkce(realm: dict[str, Any]) -> None:
    public = [client for client in realm["clients"] if client["publicClient"]]

    assert public
    assert all(client["attributes"]["pkce.code.challenge.method"] == "S256" for client in public)


def test_a_sign_out_is_told_to_the_gateway_session_by_session(realm: dict[str, Any]) -> None:
    compose = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    [told] = [each["attributes"] for each in realm["clients"] if each["clientId"] == "icm-web"]
    address = compose["services"]["keycloak"]["environment"]["ICM_BACKCHANNEL_LOGOUT_URL"]

    assert told["backchannel.logout.url"] == "${ICM_BACKCHANNEL_LOGOUT_URL}"
    assert told["backchannel.logout.session.required"] == "true"
    assert address.startswith("http://gateway:") and address.endswith("/backchannel-logout")


def test_attributes_that_become_claims_can_only_be_set_by_an_administrator(realm: dict[str, Any]) -> None:
    [provider] = realm["components"]["org.keycloak.userprofile.UserProfileProvider"]
    profile = json.loads(provider["config"]["kc.user.profile.config"][0])
    edit = {attribute["name"]: attribute["permissions"]["edit"] for attribute in profile["attributes"]}

    assert edit["organisation"] == edit["teams"] == ["admin"]


def test_no_password_or_secret_is_committed(realm: dict[str, Any]) -> None:
    for user in realm["users"]:
        assert all(credential["value"].startswith("${") for credential in user.get("credentials", []))
    assert all(client.get("secret", "${").startswith("${") for client in realm["clients"])


def test_every_placeholder_is_given_by_docker_compose(realm: dict[str, Any]) -> None:
    import re

    compose = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    named = set(re.findall(r"\$\{([A-Z_]+)\}", json.dumps(realm)))

    assert named and named <= set(compose["services"]["keycloak"]["environment"])
