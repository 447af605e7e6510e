"""A connected system sends files through HTTP, well and badly (IN-9)."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.story.client import Answer
from tests.story.play import told_at

pytestmark = [pytest.mark.platform, pytest.mark.slow, pytest.mark.timeout(180)]

SYSTEM = "directory-feed"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def story():
    story = told_at(os.environ["ICM_BASE_URL"], issuer=os.environ["ICM_OIDC_ISSUER"])
    today = datetime.now(UTC).date()
    accreditation = {
        "name": "Records of the borough",
        "organisations": ["youth-service", "social-care", "school", "housing", "young-carers"],
        "sectors": ["youth_service", "children_social_care", "education", "housing", "voluntary"],
        "valid_from": str(today - timedelta(days=1)),
        "valid_until": str(today + timedelta(days=365)),
    }
    story["privacy-officer"].put(f"/accredited-systems/{SYSTEM}", accreditation).expect()
    agency = {"name": "Youth service", "sector": "youth_service", "phone": "+1 250 555 0100"}
    story[SYSTEM].put("/agencies/youth-service", agency).expect()
    return story


def declared(story, content: bytes) -> Answer:
    said = {"name": "a file", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return story[SYSTEM].post("/involvement-uploads", {**said, "rows": content.count(b"\n")})


def part(story, upload: str, content: bytes | None, *, by: str = SYSTEM, number: int = 1, **headers: str):
    return requests.put(
        f"{os.environ['ICM_BASE_URL']}/api/v1/involvement-uploads/{upload}/parts/{number}",
        data=content,
        headers={"Authorization": f"Bearer {story[by].token}", "Content-Type": "text/csv", **headers},
        timeout=15,
    )


def code(answer: requests.Response) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_a_file_goes_in_and_what_became_of_its_rows_comes_out(story):
    born = story.born_on
    person = {"names": [{"kind": "alias", "given": "Child", "family": story.run}]}
    person["born"] = {"year": born.year, "month": born.month, "day": born.day}
    story["intake-worker"].post("/people", person).expect()
    good_row = f"{story.run}-1,Child,{story.run},{born},youth-service,2025-04-01"
    rows = ["reference,given_name,family_name,date_of_birth,organisation,since", good_row]
    rows.append(f"{story.run}-2,Child,{story.run},{born},youth-service,2025-02-30")
    content = ("\n".join(rows) + "\n").encode()

    upload = declared(story, content).expect(201).body["id"]
    for _ in range(2):
        sent = part(story, upload, content)
        assert (sent.status_code, sent.json()["size"]) == (200, len(content)), sent.text
    story[SYSTEM].post(f"/involvement-uploads/{upload}/complete").expect()

    def done():
        told = story[SYSTEM].get(f"/involvement-uploads/{upload}").expect().body
        return told if told["state"] == "done" else None

    told = story.platform.until("every row is worked through", done)
    assert (told["applied"], told["refused"], told["remaining"]) == (1, 1, 0)
    results = story[SYSTEM].get(f"/involvement-uploads/{upload}/results/file").expect().body
    assert results.split("\r\n")[:3] == [
        "row,line,outcome,column,rule",
        "1,2,applied,,",
        "2,3,refused,since,date",
    ]
    search = {"name": f"Child {story.run}", "born_on": str(born), "reason": "who_else_is_involved"}
    (found,) = story["mentor"].post("/directory/searches", search).expect().body["items"]
    assert [each["agency"]["organisation"] for each in found["involvements"]] == ["youth-service"]


def test_a_part_in_another_shape_is_refused_with_its_reason(story):
    upload = declared(story, f"reference {story.run}".encode()).expect().body["id"]
    assert code(part(story, upload, b"x", **{"Content-Type": "application/json"})) == (
        415,
        "unsupported_media_type",
    )
    assert code(part(story, upload, b"x", **{"Content-Encoding": "gzip"})) == (415, "unsupported_media_type")
    assert code(part(story, upload, b"")) == (422, "invalid_input")
    assert code(part(story, upload, b"x" * (MIB + 1)))[0] == 413
    assert code(part(story, upload, b"x", number=0)) == (422, "invalid_input")
    assert code(part(story, upload, b"x" * 100)) == (409, "more_than_declared")
    refused = part(story, upload, b"shoes,socks\n")
    assert code(refused) == (422, "invalid_input")
    assert "shoes" not in refused.text


def test_nobody_else_sends_or_reads(story):
    upload = declared(story, f"another {story.run}".encode()).expect().body["id"]
    for subject in ("mentor", "intake-worker", "privacy-officer"):
        assert code(part(story, upload, b"x", by=subject)) == (403, "permission_missing")
        story[subject].get(f"/involvement-uploads/{upload}").expect(403, code="permission_missing")


def test_asking_for_mediation_tells_nothing(story):
    person = {"names": [{"kind": "alias", "given": "Quiet", "family": story.run}], "born": {"year": 2012}}
    child = story["intake-worker"].post("/people", person).expect().body["id"]
    asked = {"person_id": child, "message": "Please call me.", "reach_me_by": "+1 250 555 0103"}
    request = story["mentor"].post("/mediation-requests", asked).expect().body
    assert request["introductions"] == []

    def queued():
        items = story["directory-mediator"].get("/mediations", limit=100).expect().body["items"]
        return next((each for each in items if each["id"] == request["id"]), None)

    assert story.platform.until("the mediators see it", queued)["contacts"] == []
    story["directory-mediator"].post(f"/mediations/{request['id']}/closings").expect()
    after = story["mentor"].get("/mediation-requests").expect().body["items"]
    assert next(each for each in after if each["id"] == request["id"]) == request
    story["mentor"].post("/mediation-requests", asked).expect(409, code="asked_already")
