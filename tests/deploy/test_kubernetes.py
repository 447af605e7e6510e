"""The Kubernetes manifests fit together, and give no process more than it needs (OP-3, OP-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / "deploy/kubernetes"
SERVICES = ("intake", "cases", "consent", "portal", "audit")
PROCESSES = (*SERVICES, "gateway")

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def manifests() -> list[Manifest]:
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]
    return [made for name in listed for made in yaml.safe_load_all((FOLDER / name).read_text())]


def of_kind(manifests: list[Manifest], *kinds: str) -> Iterator[Manifest]:
    yield from (manifest for manifest in manifests if manifest["kind"] in kinds)


def pods(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    for manifest in of_kind(manifests, "Deployment", "Job"):
        yield manifest["metadata"]["name"], manifest["spec"]["template"]


def environment(pod: Manifest) -> dict[str, Any]:
    [container] = pod["spec"]["containers"]
    return {each["name"]: each for each in container.get("env", [])}


def test_every_file_is_listed_and_every_listed_file_exists() -> None:
    listed = set(yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"])
    assert listed == {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}


def test_names_are_unique_within_a_kind(manifests: list[Manifest]) -> None:
    named = [(manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests]
    assert len(named) == len(set(named))


def test_every_process_has_a_deployment_and_every_service_a_migration_and_a_database(
    manifests: list[Manifest],
) -> None:
    def names(kind: str) -> set[str]:
        return {manifest["metadata"]["name"] for manifest in of_kind(manifests, kind)}

    assert names("Deployment") == {*PROCESSES, "witness"}
    assert names("PodDisruptionBudget") == set(PROCESSES), "a witness is never run twice"
    assert {f"{service}-migrate" for service in SERVICES} <= names("Job")
    assert {f"{service}-database" for service in SERVICES} == names("Cluster")


def test_selectors_find_the_pods_they_mean(manifests: list[Manifest]) -> None:
    labels = {name: pod["metadata"]["labels"] for name, pod in pods(manifests)}
    for manifest in of_kind(manifests, "Deployment", "PodDisruptionBudget"):
        wanted = manifest["spec"]["selector"]["matchLabels"]
        assert wanted.items() <= labels[manifest["metadata"]["name"]].items()
    for service in of_kind(manifests, "Service"):
        assert service["spec"]["selector"].items() <= labels[service["metadata"]["name"]].items()
    assert {each["metadata"]["name"] for each in of_kind(manifests, "Service")} == {"gateway", "witness"}
    for policy in of_kind(manifests, "NetworkPolicy"):
        selector = policy["spec"]["podSelector"]
        for expression in selector.get("matchExpressions", []):
            assert set(expression["values"]) <= {each["app.kubernetes.io/name"] for each in labels.values()}
        if "matchLabels" in selector:
            assert any(selector["matchLabels"].items() <= each.items() for each in labels.values())


def test_scaling_aims_at_deployments_and_at_queues_of_calls(manifests: list[Manifest]) -> None:
    for scaled in of_kind(manifests, "ScaledObject"):
        name = scaled["spec"]["scaleTargetRef"]["name"]
        assert name in SERVICES
        assert scaled["spec"]["triggers"][0]["metadata"]["queueName"] == f"{name}.rpc"
        assert scaled["spec"]["minReplicaCount"] >= 2


def test_no_pod_runs_with_privileges_or_without_limits(manifests: list[Manifest]) -> None:
    for name, pod in pods(manifests):
        spec = pod["spec"]
        [container] = spec["containers"]
        locked = container["securityContext"]
        assert spec["securityContext"]["runAsNonRoot"] and not spec["automountServiceAccountToken"], name
        assert locked["readOnlyRootFilesystem"] and not locked["allowPrivilegeEscalation"], name
        assert locked["capabilities"] == {"drop": ["ALL"]}, name
        assert {"requests", "limits"} <= set(container["resources"]), name
        assert f"--uid {spec['securityContext']['runAsUser']}" in _recipe(), name


def test_probes_ask_the_health_port_of_the_image(manifests: list[Manifest]) -> None:
    for manifest in of_kind(manifests, "Deployment"):
        [container] = manifest["spec"]["template"]["spec"]["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert f"ICM_HEALTH_PORT={ports['health']}" in _recipe()
        # A database that is away must not get processes killed, only taken out of the way.
        assert container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "health"}
        assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "health"}


def test_only_the_migration_gets_the_owners_password(manifests: list[Manifest]) -> None:
    for name, pod in pods(manifests):
        assert ("ICM_OWNER_DATABASE_URL" in environment(pod)) == name.endswith("-migrate"), name


def test_a_process_takes_only_its_own_secrets(manifests: list[Manifest]) -> None:
    for name, pod in pods(manifests):
        own = name.removesuffix("-migrate")
        for each in environment(pod).values():
            if "valueFrom" in each:
                assert each["valueFrom"]["secretKeyRef"]["name"].startswith(f"{own}-"), name


def test_every_setting_is_one_that_somebody_reads(manifests: list[Manifest]) -> None:
    known: set[str] = set()
    for folder in ("chassis/chassis", "gateway/gateway", "services", "witness"):
        for path in (CHECKOUT / folder).rglob("*.py"):
            known |= set(re.findall(r"\b(?:ICM|OTEL)_[A-Z_]+\b", path.read_text()))
    [settings] = of_kind(manifests, "ConfigMap")
    given = set(settings["data"]).union(*(environment(pod) for _, pod in pods(manifests)))

    assert given <= known


def test_no_secret_is_committed(manifests: list[Manifest]) -> None:
    assert not list(of_kind(manifests, "Secret"))
    readme = (FOLDER / "README.md").read_text()
    for _, pod in pods(manifests):
        for secret in re.findall(r"secret(?:KeyRef|Ref|Name)[^a-z]+(?:name[^a-z]+)?([a-z-]+)", repr(pod)):
            generic = re.sub(rf"^({'|'.join(SERVICES)})-", "<service>-", secret)
            assert f"`{secret}`" in readme or f"`{generic}`" in readme, (
                f"the README does not tell of {secret}"
            )


def test_a_service_reaches_its_own_database_only(manifests: list[Manifest]) -> None:
    ways = {
        tuple(policy["spec"]["podSelector"]["matchExpressions"][0]["values"]): [
            peer["podSelector"]["matchLabels"]["cnpg.io/cluster"]
            for rule in policy["spec"]["egress"]
            for peer in rule["to"]
        ]
        for policy in of_kind(manifests, "NetworkPolicy")
        if "matchExpressions" in policy["spec"]["podSelector"]
    }

    assert ways == {(service, f"{service}-migrate"): [f"{service}-database"] for service in SERVICES}


def test_the_witness_has_one_replica_a_memory_that_stays_and_no_way_to_anybody(
    manifests: list[Manifest],
) -> None:
    [witness] = [each for each in of_kind(manifests, "Deployment") if each["metadata"]["name"] == "witness"]
    assert (witness["spec"]["replicas"], witness["spec"]["strategy"]) == (1, {"type": "Recreate"})
    volumes = {each["name"]: each for each in witness["spec"]["template"]["spec"]["volumes"]}
    assert volumes["memory"]["persistentVolumeClaim"]["claimName"] == "witness-memory"
    assert all("WITNESS" in name for name in environment(witness["spec"]["template"]))
    [towards] = [
        policy
        for policy in of_kind(manifests, "NetworkPolicy")
        if policy["metadata"]["name"] == "audit-to-the-witness"
    ]
    assert towards["spec"]["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "audit"}


def _recipe() -> str:
    return (CHECKOUT / "deploy/container/Dockerfile").read_text()
