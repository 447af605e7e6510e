"""The rules by which misuse is looked for are data, and a wrong file is refused with its reason (AU-7)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from audit.alerts.rules import SHIPPED, WAYS, BadRules, read_rules


def test_every_way_of_looking_is_shipped_with_a_rule() -> None:
    assert {rule.looks_for for rule in read_rules(SHIPPED).rules} == set(WAYS)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda told: told.pop("rules"), "list of rules"),
        (lambda told: told.update(colour="red"), "colour"),
        (lambda told: told["rules"][0].update(looks_for="evil"), "rule 1: looks_for"),
        (lambda told: told["rules"][0].update(severity="dire"), "rule 1: severity"),
        (lambda told: told["rules"][0].pop("says"), "rule 1: says is missing"),
        (lambda told: told["rules"][0].update(at_most=3), "rule 1: unknown entry at_most"),
        (lambda told: told["rules"][3].pop("at_least"), "rule 4: at_least is missing"),
        (lambda told: told["rules"][3].update(at_least=-1), "at_least must be a whole number"),
        (lambda told: told["rules"][3].update(at_least=True), "at_least must be a whole number"),
        (lambda told: told["rules"][0].update(looks_for=["evil"]), "rule 1: looks_for"),
        (lambda told: told["rules"][4].update(spares_roles="auditor"), "rule 5: spares_roles"),
        (lambda told: told["rules"][4].update(spares_roles=["auditors"]), "rule 5: spares_roles"),
        (lambda told: told["rules"][4].update(spares_roles=None), "rule 5: spares_roles"),
        (lambda told: told["rules"][7].update(from_hour=30), "rule 8: from_hour must be an hour"),
        (lambda told: told["rules"].append(told["rules"][0]), "a code of its own"),
        (lambda told: told["acknowledge_within_hours"].pop("low"), "high, medium and low"),
    ],
)
def test_a_wrong_file_is_refused_with_where_and_why(tmp_path: Path, change, says: str) -> None:
    told = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    change(told)
    wrong = tmp_path / "rules.yaml"
    wrong.write_text(yaml.safe_dump(told), encoding="utf-8")

    with pytest.raises(BadRules, match=says):
        read_rules(wrong)


@pytest.mark.parametrize("content", [b"rules: [", b"\xff\xfe", b"", b"- 1"])
def test_what_is_no_file_of_rules_is_refused(tmp_path: Path, content: bytes) -> None:
    wrong = tmp_path / "rules.yaml"
    wrong.write_bytes(content)

    with pytest.raises(BadRules, match=r"rules\.yaml"):
        read_rules(wrong)


def test_a_service_that_cannot_look_does_not_start(tmp_path: Path) -> None:
    wrong = tmp_path / "rules.yaml"
    wrong.write_text("rules: [")
    started = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "audit"],
        env={**os.environ, "ICM_AUDIT_ALERT_RULES": str(wrong)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode != 0
    assert "ICM_AUDIT_ALERT_RULES: rules.yaml" in started.stderr
