"""Dashboards, rules and alerts ask only for series that exist, and every alert has its runbook (OP-1)."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis import metrics
from tests.deploy.promtool import promtool

CHECKOUT = Path(__file__).resolve().parents[2]
PROMETHEUS = CHECKOUT / "deploy/prometheus"
OTHERS = {
    "up", "probe_success", "rabbitmq_detailed_queue_messages", "process_resident_memory_bytes",
    "icm_witness_refusals",  # a witness is not of the house
}  # fmt: skip

_NOT_NAMES = re.compile(r"\"(?:[^\"\\]|\\.)*\"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring)\s*\([^)]*\)")
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_WORDS = {
    "and", "or", "unless", "bool", "sum", "max", "min", "avg", "count", "topk", "rate", "increase", "vector",
    "absent", "label_replace", "histogram_quantile", "avg_over_time", "max_over_time", "label_values",
}  # fmt: skip


def rules() -> Iterator[dict[str, Any]]:
    for name in ("rules.yml", "alerts.yml"):
        for group in yaml.safe_load((PROMETHEUS / name).read_text())["groups"]:
            yield from group["rules"]


def dashboards() -> Iterator[dict[str, Any]]:
    for path in sorted((CHECKOUT / "deploy/grafana/dashboards").glob("*.json")):
        yield json.loads(path.read_text())


def asked_for(expression: str) -> set[str]:
    """The series that a query names: what is left without strings, selectors, ranges, labels, functions."""
    bare = _NOT_NAMES.sub(" ", expression)
    return {name for name in _NAME.findall(bare) if name not in _WORDS}


@cache
def known() -> set[str]:
    return set(metrics.series_names()) | {rule["record"] for rule in rules() if "record" in rule} | OTHERS


def test_every_rule_and_alert_asks_for_series_that_exist() -> None:
    for rule in rules():
        missing = asked_for(rule["expr"]) - known()
        assert not missing, f"{rule.get('record') or rule['alert']}: {missing}"


def test_every_panel_asks_for_series_that_exist() -> None:
    for dashboard in dashboards():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                missing = asked_for(target["expr"].replace("$service", "")) - known()
                assert not missing, f"{panel['title']}: {missing}"


def test_the_first_dashboard_shows_what_the_objective_and_the_doors_and_the_events_need() -> None:
    shown = {
        name
        for dashboard in dashboards()
        for panel in dashboard["panels"]
        for target in panel.get("targets", [])
        for name in asked_for(target["expr"])
    }

    assert {
        "icm:failures:ratio_rate3d",
        "service:door_failures:ratio_rate5m",
        "service:door_seconds:p99_rate5m",
        "service:outbox_oldest_age_seconds:max",
        "service:outbox_depth:max",
        "service:lane_lag_seconds:max",
        "icm_events_parked",
        "service:hub_lag_seconds:p99_rate5m",
        "icm_database_pool_in_use",
    } <= shown


def test_panels_do_not_overlap_and_have_a_title_and_a_unit() -> None:
    for dashboard in dashboards():
        taken: set[tuple[int, int]] = set()
        for panel in dashboard["panels"]:
            place = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not cells & taken and place["x"] + place["w"] <= 24, panel["title"]
            taken |= cells
            assert panel["title"]
            assert panel["type"] == "row" or panel["fieldConfig"]["defaults"]["unit"]


def test_every_alert_has_a_runbook_of_its_name_and_every_runbook_an_alert() -> None:
    alerts = [rule for rule in rules() if "alert" in rule]
    for alert in alerts:
        named = re.sub(r"(?<!^)(?=[A-Z])", "-", alert["alert"]).lower()
        assert alert["annotations"]["runbook"] == f"docs/runbooks/{named}.md"
        text = (CHECKOUT / alert["annotations"]["runbook"]).read_text()
        assert text.startswith(f"# {alert['alert']}\n")
        assert all(part in text for part in ("**What it means.**", "## Look", "## Mend", "## Afterwards"))
        assert alert["labels"]["severity"] in {"page", "ticket"}
    written = {path.name for path in (CHECKOUT / "docs/runbooks").glob("*.md")} - {"README.md"}
    assert written == {Path(alert["annotations"]["runbook"]).name for alert in alerts}


def test_links_between_runbooks_lead_somewhere() -> None:
    for path in (CHECKOUT / "docs/runbooks").glob("*.md"):
        for target in re.findall(r"\]\(([a-z-]+\.md)\)", path.read_text()):
            assert (path.parent / target).is_file(), f"{path.name} → {target}"


def test_prometheus_scrapes_every_process_on_the_health_port_of_the_image() -> None:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    [job] = [job for job in config["scrape_configs"] if job["job_name"] == "icm"]
    [names] = job["dns_sd_configs"]

    assert set(names["names"]) == {"gateway", "intake", "cases", "consent", "portal", "audit"}
    assert f"ICM_HEALTH_PORT={names['port']}" in (CHECKOUT / "deploy/container/Dockerfile").read_text()


def test_every_host_that_is_scraped_or_shown_is_a_container() -> None:
    compose = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]
    named = set()
    for path in [PROMETHEUS / "prometheus.yml", *(CHECKOUT / "deploy/grafana/provisioning").rglob("*.yml")]:
        named |= set(re.findall(r"(?://|\")([a-z]+):\d{4,5}", path.read_text()))
    endpoint = compose["intake"]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"]
    named.add(endpoint.removeprefix("http://").split(":")[0])

    assert named and named <= set(compose)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "config", "prometheus.yml"],
        ["check", "rules", "rules.yml", "alerts.yml"],
        ["test", "rules", "tests/alerts_test.yml"],
    ],
    ids=["config", "rules", "alerts_fire_when_they_should"],
)
def test_prometheus_itself_accepts(arguments: list[str]) -> None:
    done = subprocess.run(
        [promtool(), *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
