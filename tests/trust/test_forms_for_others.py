"""What leaves the platform in forms of the field: FHIR resources, the report as a page and on paper (AU-6, CO-1)."""

from __future__ import annotations

import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
import requests
from fhir.resources.R4B.auditevent import AuditEvent
from fhir.resources.R4B.consent import Consent

from tests.story.client import Person
from tests.trust.conftest import Girl

pytestmark = [pytest.mark.platform, pytest.mark.timeout(120)]


def fetched(reader: Person, path: str, **headers: str) -> requests.Response:
    answer = requests.get(
        f"{reader.platform.base_url}/api/v1{path}",
        headers={"Authorization": f"Bearer {reader.token}", **headers},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return answer


def test_a_consent_is_read_as_a_fhir_consent_by_whoever_may_read_it(girl: Girl) -> None:
    consent = girl.consents(to="organisation:young-carers", categories=["identity", "caring"])

    answer = fetched(girl["intake-worker"], f"/consents/{consent['id']}/fhir")

    assert answer.headers["Content-Type"].startswith("application/fhir+json")
    resource = Consent.model_validate_json(answer.content)
    assert (resource.status, resource.provision.type) == ("active", "permit")
    girl["mentor"].get(f"/consents/{consent['id']}/fhir").expect(403)


def test_an_entry_is_read_as_a_fhir_audit_event(girl: Girl) -> None:
    girl["mentor"].get(f"/people/{girl.id}").expect(403)

    def entry() -> str | None:
        listed = (
            girl["auditor"].get("/audit/entries", person_id=girl.id, outcome="denied").expect().body["items"]
        )
        return listed[0]["id"] if listed else None

    found = girl.platform.until("the entry is in the log", entry)
    event = AuditEvent.model_validate_json(fetched(girl["auditor"], f"/audit/entries/{found}/fhir").content)
    assert (event.outcome, event.action) == ("4", "R")
    girl["mentor"].get(f"/audit/entries/{found}/fhir").expect(403)


def sealed(girl: Girl) -> None:
    """Wait until what happened to her is under a signed checkpoint."""
    girl.platform.until(
        "the log is sealed",
        lambda: (
            True
            if any(
                each["sealed"]
                for each in girl["auditor"].get("/audit/entries", person_id=girl.id).expect().body["items"]
            )
            else None
        ),
    )


def test_the_report_is_a_page_without_scripts(girl: Girl) -> None:
    girl["mentor"].get(f"/people/{girl.id}").expect(403)
    sealed(girl)

    page = fetched(girl["privacy-officer"], f"/people/{girl.id}/access-report/page")

    assert page.headers["Content-Type"].startswith("text/html")
    assert "<script" not in page.text
    assert '<html lang="en">' in page.text and '<th scope="col">Who</th>' in page.text
    assert "intake-worker" in page.text and girl.name not in page.text
    girl["mentor"].get(f"/people/{girl.id}/access-report/page").expect(403)


def test_the_report_and_what_it_says_are_in_french_for_who_reads_french(girl: Girl) -> None:
    girl["mentor"].get(f"/people/{girl.id}").expect(403)
    sealed(girl)
    address, officer = f"/people/{girl.id}/access-report", girl["privacy-officer"]

    page = fetched(officer, f"{address}/page", **{"Accept-Language": "fr-CA,fr;q=0.9,en;q=0.5"})

    assert page.headers["Content-Language"] == "fr"
    assert "Qui a ouvert mon dossier" in page.text and "tentative: consultation (accueil)" in page.text
    assert "refusé: aucun droit sur ce dossier" in page.text
    paper = fetched(officer, f"{address}/document?lang=fr")
    assert (paper.headers["Content-Language"], paper.content[:5]) == ("fr", b"%PDF-")
    assert any("Qui a ouvert mon dossier".encode("latin-1") in part for part in _unpacked(paper.content))
    assert fetched(officer, f"{address}/page?lang=en").headers["Content-Language"] == "en"


def test_the_report_on_paper_carries_the_file_that_proves_it(girl: Girl, tmp_path: Path) -> None:
    sealed(girl)
    paper = fetched(girl["privacy-officer"], f"/people/{girl.id}/access-report/document").content

    (attached,) = (part for part in _unpacked(paper) if part.startswith(b'{"format"'))
    report, keys = tmp_path / "access-report.ndjson", tmp_path / "audit.pub"
    report.write_bytes(attached)
    published = girl["auditor"].get("/audit/checkpoint").expect().body["keys"]
    keys.write_text("\n".join(published) + "\n", encoding="utf-8")
    verified = subprocess.run(
        [sys.executable, "-m", "audit.verifier", str(report), "--key", str(keys)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


def _unpacked(paper: bytes) -> list[bytes]:
    found = []
    for part in re.findall(rb">>\r?\nstream\r?\n(.*?)\r?\nendstream", paper, re.S):
        try:
            found.append(zlib.decompress(part))
        except zlib.error:
            continue
    return found
