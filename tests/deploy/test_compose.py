"""docker-compose.yml names only what exists: paths, variables, settings, services, images' arguments
(OP-4).
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
SERVICES = ("intake", "cases", "consent", "portal", "audit")
PROCESSES = (*SERVICES, "gateway")
IMAGES = (*PROCESSES, "witness")

# The part of the Compose Specification that we use. A word outside it is a typing error.
TOP = {"name", "services", "volumes"}
OF_A_SERVICE = {
    "build", "cap_drop", "command", "depends_on", "entrypoint", "environment", "healthcheck", "hostname", "image",
    "init",
    "ports", "read_only", "restart", "security_opt", "stop_grace_period", "tmpfs", "user", "volumes",
}  # fmt: skip
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(:\?[^}]*)?\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    return read


@pytest.fixture(scope="module")
def text() -> str:
    """The file without its comments."""
    lines = (CHECKOUT / "docker-compose.yml").read_text().splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


def read_by_ours() -> set[str]:
    """Every variable that a program of ours reads."""
    found: set[str] = set()
    for folder in ("chassis/chassis", "gateway/gateway", "services", "witness", "deploy/container"):
        for path in (CHECKOUT / folder).rglob("*"):
            if path.suffix in {".py", ".sh"} or path.name == "Dockerfile":
                found |= set(re.findall(r"\b(?:ICM|OTEL)_[A-Z_]+\b", path.read_text()))
    return found


def ours(compose: dict[str, Any]) -> dict[str, Any]:
    """The services whose image is made from our recipe."""
    return {name: service for name, service in compose["services"].items() if "build" in service}


def test_only_words_of_the_compose_specification_are_used(compose: dict[str, Any]) -> None:
    assert {key for key in compose if not key.startswith("x-")} == TOP
    for name, service in compose["services"].items():
        assert set(service) <= OF_A_SERVICE, name
        assert ("build" in service) != ("image" in service), name
        assert service["restart"] in {"no", "unless-stopped"}, name


def test_every_process_of_the_house_has_a_container_and_every_database_a_migration(
    compose: dict[str, Any],
) -> None:
    assert set(IMAGES) | {f"{service}-migrate" for service in SERVICES} <= set(compose["services"])
    for name, service in ours(compose).items():
        assert service["build"]["args"]["SERVICE"] in IMAGES, name
        assert (CHECKOUT / service["build"]["dockerfile"]).is_file()
    for process in IMAGES:
        assert compose["services"][process]["build"]["args"]["SERVICE"] == process


def test_whoever_is_waited_for_exists_and_can_fulfil_the_condition(compose: dict[str, Any]) -> None:
    services = compose["services"]
    with_own_check = {
        name for name, service in services.items() if service.get("healthcheck", {}).get("test")
    }
    ends = {name for name, service in services.items() if service["restart"] == "no"}
    for name, service in services.items():
        waited_for = service.get("depends_on", {})
        for other in waited_for:
            assert other in services, f"{name} waits for {other}"
            if isinstance(waited_for, list):
                continue
            condition = waited_for[other]["condition"]
            assert condition in CONDITIONS
            if condition == "service_healthy":
                assert other in with_own_check, f"{name} waits for the health of {other}, which has no check"
            if condition == "service_completed_successfully":
                assert other in ends, f"{name} waits for the end of {other}, which is restarted"


def test_every_mounted_path_exists_and_every_volume_is_declared(compose: dict[str, Any]) -> None:
    used = set()
    for name, service in compose["services"].items():
        for mounted in service.get("volumes", []):
            source = mounted.split(":")[0]
            if source.startswith("."):
                assert (CHECKOUT / source).exists(), f"{name} mounts {source}"
                assert mounted.endswith(":ro"), f"{name} may change {source}"
            else:
                used.add(source)
    assert used == set(compose["volumes"])


def test_every_variable_stands_in_the_example_and_the_other_way_round(text: str) -> None:
    example = {
        line.split("=")[0]
        for line in (CHECKOUT / ".env.example").read_text().splitlines()
        if line and not line.startswith("#")
    }
    assert {name for name, _ in VARIABLE.findall(text)} == example
    assert all(guard for _, guard in VARIABLE.findall(text)), "a missing variable must stop docker compose"


def test_no_secret_is_written_down(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASS|SECRET", key):
                assert VARIABLE.fullmatch(value), f"{name}: {key}"
            login = re.search(r"//[^:/@]+:([^@]+)@", value)
            assert login is None or VARIABLE.fullmatch(login[1]), f"{name}: {key}"


def test_every_setting_given_to_a_process_of_ours_is_one_that_it_reads(compose: dict[str, Any]) -> None:
    known = read_by_ours()
    for name, service in ours(compose).items():
        for key in service.get("environment", {}):
            assert key in known or re.fullmatch("ICM_RABBITMQ_PASSWORD_[A-Z]+", key), (
                f"{name}: nobody reads {key}"
            )


def test_no_replica_is_given_the_owners_password(compose: dict[str, Any]) -> None:
    for process in PROCESSES:
        environment = compose["services"][process]["environment"]
        assert "_OWNER_" not in " ".join([*environment, *environment.values()])


def test_no_service_is_given_the_database_or_the_broker_user_of_another(compose: dict[str, Any]) -> None:
    for process in PROCESSES:
        values = " ".join(compose["services"][process]["environment"].values())
        strangers = set(SERVICES) - {process}
        for stranger in strangers:
            assert not re.search(rf"//{stranger}(_door|_lane)?:", values), (
                f"{process} can sign in as {stranger}"
            )


def test_the_settings_of_a_process_are_accepted(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chassis.config import read_settings

    for service in SERVICES:
        with monkeypatch.context() as patched:
            for name, value in compose["services"][service]["environment"].items():
                made = value.replace(
                    "${ICM_OIDC_ISSUER:?run python3 deploy/container/make_env.py}", "http://issuer"
                )
                patched.setenv(name, VARIABLE.sub("secret", made))
            assert read_settings(service).service == service


def test_the_environment_is_made_from_the_example_with_a_password_for_every_gap(tmp_path: Path) -> None:
    place = tmp_path / "deploy" / "container"
    place.mkdir(parents=True)
    script = place / "make_env.py"
    script.write_text((CHECKOUT / "deploy/container/make_env.py").read_text())
    (tmp_path / ".env.example").write_text("# words\nPORT=8000\nFIRST=\nSECOND=\n")
    (tmp_path / ".env").write_text("FIRST=kept\n")

    subprocess.run([sys.executable, str(script)], check=True)

    made = (tmp_path / ".env").read_text()
    assert re.fullmatch(r"# words\nPORT=8000\nFIRST=kept\nSECOND=[0-9a-f]{40}\n", made)
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_the_database_script_makes_the_roles_of_every_service_from_variables_it_is_given(
    compose: dict[str, Any],
) -> None:
    script = (CHECKOUT / "deploy/postgres/databases.sh").read_text()
    listed = re.search(r"for service in ([a-z ]+);", script)
    assert listed is not None and tuple(listed[1].split()) == SERVICES
    environment = compose["services"]["postgres"]["environment"]
    for service in SERVICES:
        for role in ("OWNER", "DOOR", "LANE"):
            assert f"ICM_{service.upper()}_{role}_PASSWORD" in environment


def test_every_broker_user_gets_a_password(compose: dict[str, Any]) -> None:
    from chassis.topology import USERS

    environment = compose["services"]["rabbitmq-definitions"]["environment"]
    assert {f"ICM_RABBITMQ_PASSWORD_{user.upper()}" for user in USERS} <= set(environment)


def test_the_recipe_installs_by_hash_and_runs_without_privileges() -> None:
    recipe = (CHECKOUT / "deploy/container/Dockerfile").read_text()
    assert "--require-hashes -r requirements.lock" in recipe
    assert recipe.index("\nUSER icm") < recipe.index("\nENTRYPOINT")
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", recipe, re.MULTILINE):
        for source in copied.split():
            assert (CHECKOUT / source).exists(), source
    for program in ("entrypoint.sh", "ready.py", "audit_key.py", "audit_policy.py"):
        assert f"deploy/container/{program}" in recipe


def test_the_witness_is_told_nothing_of_the_house_and_its_key_is_nobody_elses(
    compose: dict[str, Any],
) -> None:
    witness = compose["services"]["witness"]
    assert set(witness["environment"]) == {name for name in witness["environment"] if "WITNESS" in name}
    with_its_key = {
        name
        for name, service in compose["services"].items()
        if any(mounted.startswith("witness:") for mounted in service.get("volumes", []))
    }
    assert with_its_key == {"witness", "witness-key"}
    assert not any("audit-key" in mounted for mounted in witness["volumes"])
