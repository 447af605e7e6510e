"""Every series is named in one place, follows Prometheus' conventions, and takes few label values (OP-1)."""

from __future__ import annotations

import re
from time import process_time
from timeit import timeit

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine

from chassis import metrics


def exposed() -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    body, _ = metrics.exposition()
    return {
        sample.name: {
            tuple(sorted(each.labels.items())): each.value
            for each in family.samples
            if each.name == sample.name
        }
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize(("http", "outcome"), [(200, "ok"), (403, "refused"), (503, "failed")])
def test_a_call_is_counted_and_timed_by_door_and_outcome(http: int, outcome: str) -> None:
    metrics.door_answered("receive_referral", http=http, seconds=0.003)

    counted = exposed()["icm_door_call_duration_seconds_count"]
    assert counted[("door", "receive_referral"), ("outcome", outcome)] >= 1


def test_a_part_is_asked_for_its_figures_when_it_is_scraped() -> None:
    figures = {"depth": 3.0, "oldest_age_s": 1.5, "published": 7.0, "reconnects": 2.0, "of_no_interest": 9.0}
    metrics.watch_part("relay", lambda: figures)
    figures["depth"] = 4.0

    seen = exposed()
    assert seen["icm_outbox_depth"] == {(): 4.0}
    assert seen["icm_outbox_oldest_age_seconds"] == {(): 1.5}
    assert seen["icm_outbox_events_published_total"] == {(): 7.0}
    assert seen["icm_broker_reconnects_total"] == {(("link", "relay"),): 2.0}


def test_a_part_without_named_series_is_refused() -> None:
    with pytest.raises(LookupError):
        metrics.watch_part("kitchen", dict)


def test_a_pool_shows_its_size_and_what_is_in_use() -> None:
    metrics.watch_pool(
        "door", create_engine("postgresql+psycopg://127.0.0.1/none", pool_size=7, max_overflow=0)
    )

    assert exposed()["icm_database_pool_size"][(("role", "door"),)] == 7.0
    assert exposed()["icm_database_pool_in_use"][(("role", "door"),)] == 0.0


def test_a_count_that_could_not_be_read_is_withdrawn() -> None:
    metrics.show_sample(metrics.CLOCKS_OVERDUE, label="kind", values={"first_contact": 2.0})
    assert exposed()["icm_clocks_overdue"] == {(("kind", "first_contact"),): 2.0}

    metrics.show_sample(metrics.CLOCKS_OVERDUE, label="kind", values=None)
    assert "icm_clocks_overdue" not in exposed()


def test_everything_exposed_under_our_name_is_listed() -> None:
    metrics.request_answered("GET", route="/api/v1/cases/{id}", code=200, seconds=0.01)
    metrics.timer_ran("breach_overdue", ok=True, seconds=0.01)
    metrics.HUB_SECONDS.observe(0.001)
    for part, series in metrics.PARTS.items():
        metrics.watch_part(part, lambda series=series: dict.fromkeys(series, 1.0))  # type: ignore[misc]

    ours = {name for name in exposed() if name.startswith("icm_") and not name.endswith("_created")}
    assert ours <= metrics.series_names()


def test_names_follow_the_conventions_of_prometheus() -> None:
    for name in metrics.series_names():
        assert re.fullmatch(r"icm_[a-z][a-z_]*", name)
        assert not re.search(r"_(ms|milliseconds|minutes|percent)(_|$)", name)


def test_counting_a_call_costs_under_forty_microseconds_of_computing() -> None:
    once = min(
        timeit(
            lambda: metrics.door_answered("read_case", http=200, seconds=0.002),
            number=1_000,
            timer=process_time,
        )
        for _ in range(9)
    )
    assert once / 1_000 < 40e-6
