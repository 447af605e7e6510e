"""The chassis is tested with a sample service, whose tables are made straight from its models."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import settings

from chassis import contracts
from chassis.testing import ServiceDatabase, created_from_models, scratch_database
from chassis.testing_messages import fresh_vhost

settings.register_profile("house", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("house")


def _beside(name: str) -> object:
    """A module that stands beside the tests, under one name however pytest imports them."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def _sample() -> object:
    return _beside("sample")


SERVICE = "sample"
for name in ("consent_world", "consent_follower", "consent_walk", "lane_house", "lane_bus", "why_family"):
    _beside(name)


@pytest.fixture(scope="session")
def service_class() -> type:
    return _sample().SampleService  # type: ignore[attr-defined,no-any-return]


@pytest.fixture(scope="session")
def sample_contracts() -> Iterator[None]:
    """The house's contracts and the sample's own."""
    real = contracts.folder()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "access").symlink_to(real / "access")
        (folder / "events").mkdir()
        for path in (real / "events").glob("*.yaml") if (real / "events").is_dir() else ():
            (folder / "events" / path.name).symlink_to(path)
        entry = {"schema": {"type": "object", "required": ["entry_id", "actor", "outcome"]}}
        (folder / "events" / "sample.access.recorded.v1.yaml").write_text(yaml.safe_dump(entry))
        visit = {"schema": {"type": "object", "required": ["visit_id"]}}
        (folder / "events" / "sample.visit.recorded.v1.yaml").write_text(yaml.safe_dump(visit))
        os.environ["ICM_CONTRACTS"] = str(folder)
        contracts.event_contract.cache_clear()
        yield
        del os.environ["ICM_CONTRACTS"]
        contracts.event_contract.cache_clear()


@pytest.fixture(scope="session")
def whole_database(sample_contracts: None) -> Iterator[ServiceDatabase]:
    _sample()
    with scratch_database("sample", prepare=created_from_models) as made:
        yield made


@pytest.fixture(scope="session")
def made_for_lanes(sample_contracts: None) -> Iterator[ServiceDatabase]:
    _sample()
    with scratch_database("intake", prepare=created_from_models) as made:
        sys.modules["lane_house"].prepare(made)
        yield made


@pytest.fixture
def lane_database(made_for_lanes: ServiceDatabase) -> ServiceDatabase:
    """A database with tables for what handlers do, in which nothing has happened."""
    sys.modules["lane_house"].clear(made_for_lanes)
    return made_for_lanes


@pytest.fixture
def house(lane_database: ServiceDatabase) -> object:
    return sys.modules["lane_house"].House(lane_database)


@pytest.fixture
def urls(sample_contracts: None) -> Iterator[dict[str, str]]:
    """The broker's users in a virtual host of one's own, with an inbox of intake."""
    with fresh_vhost(events=sys.modules["lane_bus"].CONTRACTS) as vhost:
        yield vhost


@pytest.fixture
def bus(urls: dict[str, str]) -> Iterator[object]:
    made = sys.modules["lane_bus"].Bus(urls["cases"])
    yield made
    made.close()
