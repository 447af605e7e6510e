"""Every running process says that it lives and is ready, and exposes what the dashboards ask for (OP-1).

Run by `icm with-platform -- pytest -m platform tests/deploy`.
"""

from __future__ import annotations

import os
import re

import pytest
import requests

from chassis import metrics

pytestmark = pytest.mark.platform

SERVICES = ("intake", "cases", "consent", "portal", "audit")
PROCESSES = ("gateway", *SERVICES)
OF_EVERY_SERVICE = {
    "icm_door_calls_running", "icm_door_workers", "icm_relay_active", "icm_outbox_depth",
    "icm_outbox_oldest_age_seconds", "icm_outbox_events_published_total", "icm_outbox_unroutable_keys",
    "icm_lane_lag_seconds", "icm_lane_events_applied_total", "icm_lane_event_age_seconds_bucket",
    "icm_broker_reconnects_total", "icm_database_pool_size", "icm_database_pool_in_use", "icm_hub_lag_seconds_bucket",
    "icm_timer_run_duration_seconds_count", "icm_sampling_failures_total",
}  # fmt: skip


def answer(process: str, path: str) -> requests.Response:
    return requests.get(os.environ[f"ICM_{process.upper()}_HEALTH_URL"] + path, timeout=5)


def exposed(process: str) -> set[str]:
    lines = answer(process, "/metrics").text.splitlines()
    names = {re.split(r"[ {]", line, maxsplit=1)[0] for line in lines if line and not line.startswith("#")}
    return {name for name in names if name.startswith("icm_") and not name.endswith("_created")}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_is_alive_and_ready(process: str) -> None:
    assert answer(process, "/livez").status_code == 200
    ready = answer(process, "/readyz")
    assert (ready.status_code, ready.json()["service"]) == (200, process), ready.text


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_ready_only_with_its_database_its_migration_and_the_broker(service: str) -> None:
    assert {"database", "migration", "doors", "relay", "lane"} <= set(
        answer(service, "/readyz").json()["checks"]
    )


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_exposes_doors_outbox_lane_hub_and_pools(service: str) -> None:
    assert not OF_EVERY_SERVICE - exposed(service)


@pytest.mark.parametrize("process", PROCESSES)
def test_every_series_exposed_is_a_listed_one(process: str) -> None:
    assert exposed(process) <= metrics.series_names()


def test_the_gateway_counts_requests_by_route_template_and_never_by_path() -> None:
    unknown = "/api/v1/cases/0193-not-a-case"
    requests.get(os.environ["ICM_BASE_URL"] + unknown, timeout=5)

    shown = answer("gateway", "/metrics").text
    assert "icm_http_request_duration_seconds_count{" in shown
    assert "0193-not-a-case" not in shown
