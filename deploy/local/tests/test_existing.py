"""Addresses given from outside point the platform to existing servers."""

import pytest

from icm.complaints import Complaint
from icm.environment import Addresses
from icm.existing import existing_servers
from icm.layout import Layout


def addresses(tmp_path, **given):
    return Addresses(layout=Layout.open(tmp_path), existing=existing_servers(given))


def test_without_any_address_private_servers_are_used(tmp_path):
    here = addresses(tmp_path)

    port = here.layout.ports["postgres-intake"]
    assert here.database_url("intake", role="door").startswith("postgresql+psycopg://intake_door:")
    assert here.database_url("intake", role="door").endswith(f"@127.0.0.1:{port}/intake")
    assert here.amqp_url("cases").endswith(f"@127.0.0.1:{here.layout.ports['rabbitmq']}/icm")


def test_every_service_has_a_server_of_its_own(tmp_path):
    here = addresses(tmp_path)

    assert here.postgres_admin_url("intake") != here.postgres_admin_url("cases")


def test_an_existing_server_is_used_for_all_five_databases(tmp_path):
    here = addresses(tmp_path, ICM_DATABASE_URL="postgresql+psycopg://boss:pw@db.example:5433/postgres")

    assert here.postgres_admin_url("audit") == "postgresql://boss:pw@db.example:5433/postgres"
    password = here.layout.secrets["audit_lane"]
    assert (
        here.database_url("audit", role="lane")
        == f"postgresql+psycopg://audit_lane:{password}@db.example:5433/audit"
    )


def test_a_service_can_be_given_a_database_prepared_by_somebody_else(tmp_path):
    here = addresses(
        tmp_path,
        ICM_CASES_DATABASE_URL="postgresql://door@db.example/c",
        ICM_CASES_LANE_DATABASE_URL="postgresql://lane@db.example/c",
        ICM_CASES_OWNER_DATABASE_URL="postgresql://owner@db.example/c",
    )

    assert here.database_url("cases", role="owner") == "postgresql+psycopg://owner@db.example/c"
    assert here.postgres_admin_url("cases") is None
    assert here.postgres_admin_url("intake") is not None


def test_part_of_a_service_s_addresses_is_refused():
    with pytest.raises(Complaint, match="only in part"):
        existing_servers({"ICM_CASES_DATABASE_URL": "postgresql://door@db.example/c"})


def test_an_existing_broker_keeps_its_administrator(tmp_path):
    here = addresses(tmp_path, ICM_AMQP_URL="amqp://admin:s%2Fcret@mq.example/%2F")

    assert here.management_url == "http://admin:s%2Fcret@mq.example:15672"
    assert here.broker_passwords()["admin"] == "s/cret"
    assert here.amqp_url("intake").endswith("@mq.example/icm")


def test_a_running_service_never_holds_the_owner_s_password(tmp_path):
    here = addresses(tmp_path)

    owner = here.layout.secrets["intake_owner"]
    assert owner not in "".join(here.of_service("intake").values())
    assert owner in here.of_migration("intake")["ICM_OWNER_DATABASE_URL"]


def test_the_caller_s_own_addresses_do_not_leak_into_a_process(tmp_path, monkeypatch):
    monkeypatch.setenv("ICM_CASES_DATABASE_URL", "postgresql://leak")
    monkeypatch.setenv("ICM_HEARTBEAT_SECONDS", "1")

    environment = addresses(tmp_path).of_service("intake")

    assert "ICM_CASES_DATABASE_URL" not in environment
    assert environment["ICM_HEARTBEAT_SECONDS"] == "1"
