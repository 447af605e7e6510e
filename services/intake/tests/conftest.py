"""Tests of intake alone, on a real PostgreSQL: `icm test-servers -- pytest services/intake/tests`."""

from intake.service import IntakeService as SERVICE_CLASS  # noqa: F401

SERVICE = "intake"
pytest_plugins = ["chassis.testing", "tests.builders"]
