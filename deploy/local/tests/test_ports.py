"""Ports are chosen once, kept, and never those that something else uses."""

import json
import socket
import stat
from pathlib import Path

import pytest

from icm import ports
from icm.layout import PORTS, Layout
from icm.places import CHECKOUT


@pytest.fixture
def listener():
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        yield server


def test_a_chosen_port_is_free_and_out_of_reach_of_outgoing_connections():
    port = ports.choose(taken=())

    lowest_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert ports.is_free(port)
    assert port < max(lowest_outgoing, ports.HIGHEST)


def test_a_port_that_something_listens_on_is_not_free(listener):
    assert not ports.is_free(listener.getsockname()[1])


def test_a_preferred_port_gives_way_when_it_is_taken(listener):
    taken = listener.getsockname()[1]

    assert ports.choose(taken=(), preferred=taken) != taken


def test_the_layout_keeps_its_ports_and_secrets(tmp_path):
    first = Layout.open(tmp_path)
    again = Layout.open(tmp_path)

    assert again.ports == first.ports
    assert again.secrets == first.secrets
    assert set(first.ports) == set(PORTS)
    assert len(set(first.ports.values())) == len(PORTS)


def test_two_layouts_share_no_secret(tmp_path):
    one, other = Layout.open(tmp_path / "one"), Layout.open(tmp_path / "other")

    assert not set(one.secrets.values()) & set(other.secrets.values())


def test_only_the_owner_can_read_secrets_and_keys(tmp_path):
    layout = Layout.open(tmp_path)

    for file in (layout.file, layout.audit_key):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_port_taken_by_something_else_is_chosen_again(tmp_path, listener):
    layout = Layout.open(tmp_path)
    layout.ports["openid"] = listener.getsockname()[1]

    replaced = layout.replace_taken_ports()

    assert replaced == ["openid"]
    assert layout.ports["openid"] != listener.getsockname()[1]
    assert json.loads(layout.file.read_text())["ports"] == layout.ports


def test_the_checkout_is_found_from_the_package():
    assert (CHECKOUT / "requirements.lock").is_file()
