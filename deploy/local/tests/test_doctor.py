"""The doctor names what is missing, with its mend."""

import pytest
from typer.testing import CliRunner

from icm import debian, doctor
from icm.__main__ import app
from icm.complaints import ProgramMissing
from icm.servers import postgres, rabbitmq


@pytest.fixture
def bare_machine(monkeypatch, tmp_path):
    """A machine that is not Debian and has no server installed."""
    monkeypatch.setenv("ICM_PROGRAMS", str(tmp_path / "programs"))
    monkeypatch.setenv("ICM_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(postgres, "find", lambda: None)
    monkeypatch.setattr(rabbitmq, "find", lambda: None)
    monkeypatch.setattr(
        doctor.shutil, "which", lambda program: None if "apt" in program else "/bin/" + program
    )
    monkeypatch.setattr(debian.shutil, "which", lambda program: None)


def test_a_healthy_machine_lacks_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("ICM_HOME", str(tmp_path))
    monkeypatch.setenv("ICM_ENV", "development")

    assert [finding.what for finding in doctor.examine() if not finding.fine] == []


def test_a_missing_server_is_named_with_its_mend(bare_machine):
    missing = {finding.what: finding.mend for finding in doctor.examine() if not finding.fine}

    [rabbit] = [what for what in missing if what.startswith("RabbitMQ is not installed")]
    assert (
        missing[rabbit] == "Install RabbitMQ with your system's package tool, or point to an existing server."
    )


def test_the_exit_code_tells_that_something_is_missing(bare_machine):
    ran = CliRunner().invoke(app, ["doctor"])

    assert ran.exit_code == 1
    assert "MISSING" in ran.output


def test_starting_without_a_server_says_what_to_install(bare_machine):
    with pytest.raises(ProgramMissing) as missing:
        rabbitmq.find_or_unpack()

    assert "Install PostgreSQL 14+ and RabbitMQ 3.10+" in missing.value.mend


def test_a_package_that_differs_from_the_lock_is_named(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text("pytest==0.0.1 \\\n    --hash=sha256:00\nnot-for-us==1 ; sys_platform == 'win32' \\\n")

    finding = doctor.look_at_pins(lock)

    assert not finding.fine
    assert finding.what == "not installed as pinned: pytest"
    assert finding.mend == "make setup"


def test_a_database_given_only_in_part_is_named(monkeypatch):
    monkeypatch.setenv("ICM_CASES_DATABASE_URL", "postgresql://somewhere/cases")

    finding = doctor.look_at_environment()

    assert not finding.fine
    assert finding.mend == "Set ICM_CASES_OWNER_DATABASE_URL and ICM_CASES_LANE_DATABASE_URL too, or none."


def test_production_is_refused(monkeypatch):
    monkeypatch.setenv("ICM_ENV", "production")

    assert not doctor.look_at_environment().fine
