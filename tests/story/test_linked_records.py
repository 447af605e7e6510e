"""Two records of one girl, linked, followed by every service, and taken apart again, through HTTP alone (IN-8)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.story.client import Answer, Person
from tests.story.play import told_at

pytestmark = [pytest.mark.platform, pytest.mark.slow, pytest.mark.timeout(240)]

BECAUSE = {"because": "The same health card, seen at both desks."}


class TwoRecords:
    """A girl who was recorded twice, each time by another desk, and what is kept under each record."""

    def __init__(self) -> None:
        self.story = told_at(os.environ["ICM_BASE_URL"], issuer=os.environ["ICM_OIDC_ISSUER"])
        self.desk, self.care = self.story["intake-worker"], self.story["social-worker"]
        name = {"names": [{"kind": "alias", "given": "Twice", "family": self.story.run}]}
        self.one = self._made(self.care, "/people", name)
        self.other = self._made(self.desk, "/people", name)
        self.link = ""
        case = {
            "program": "child_and_family_services",
            "role": "social_worker",
            "members": [{"person_id": self.one, "relation": "young_person"}],
        }
        self.case = self.care.once_known("the case can be opened", "/cases", case)["id"]
        self.consent = self._consent()

    def __getitem__(self, subject: str) -> Person:
        return self.story[subject]

    def _made(self, who: Person, path: str, body: dict[str, Any]) -> str:
        return str(who.post(path, body).expect().body["id"])

    def _consent(self) -> str:
        body = {
            "person_id": self.one,
            "recipient": "worker:social-worker",
            "categories": ["family"],
            "purposes": ["care"],
            "form": "verbal",
            "explanation": {"text": "Who will see what.", "refusal_explained": True},
        }
        return str(
            self.soon("the consent can be recorded", lambda: self.care.post("/consents", body)).body["id"]
        )

    def soon(self, what: str, ask: Callable[[], Answer]) -> Answer:
        return self.story.platform.until(what, lambda: answer if (answer := ask()).good else None)

    def listed(self, path: str, person: str, *, by: Person) -> set[str]:
        return {each["id"] for each in by.get(path, person_id=person).expect().body["items"]}

    def until(self, what: str, true: Callable[[], bool]) -> None:
        self.story.platform.until(what, lambda: True if true() else None)


@pytest.fixture(scope="module")
def girl() -> TwoRecords:
    return TwoRecords()


def test_linked_records_are_followed_by_every_service_and_parted_again(girl: TwoRecords) -> None:
    side_by_side = girl.desk.post("/people/comparisons", {"person_ids": [girl.one, girl.other]}).expect().body
    assert next(row["finding"] for row in side_by_side["rows"] if row["field"] == "names") == "same"
    link = (
        girl.desk.post(f"/people/{girl.other}/links", {"other_person_id": girl.one, **BECAUSE}).expect().body
    )
    assert girl.desk.get(f"/people/{girl.one}").expect().body["linked_with"] == [girl.other]
    girl.until("cases follow", lambda: girl.case in girl.listed("/cases", girl.other, by=girl.care))
    girl.until("consent follows", lambda: girl.consent in girl.listed("/consents", girl.other, by=girl.care))
    girl.until("audit follows", lambda: set(report(girl, girl.other)["person_ids"]) == {girl.one, girl.other})

    restricted = girl["privacy-officer"].post(
        "/restrictions", {"person_id": girl.other, "reason": "By order of a court"}
    )
    girl.until("both are hidden", lambda: girl.desk.get(f"/people/{girl.one}").status == 404)
    girl.until("her case is hidden", lambda: not girl.listed("/cases", girl.one, by=girl.care))
    girl.desk.post(f"/links/{link['id']}/taking-back", {"because": "Hidden by now."}).expect(404)
    lifting = f"/restrictions/{restricted.expect().body['id']}/lifting"
    girl["privacy-officer"].post(lifting, {"reason": "The order was lifted"}).expect()
    girl.soon("both are found again", lambda: girl.desk.get(f"/people/{girl.one}"))

    girl.desk.post(f"/links/{link['id']}/taking-back", {"because": "Two girls of one name."}).expect()
    girl.until("cases follow", lambda: not girl.listed("/cases", girl.other, by=girl.care))
    girl.until("consent follows", lambda: not girl.listed("/consents", girl.other, by=girl.care))
    girl.until("audit follows", lambda: report(girl, girl.other)["person_ids"] == [girl.other])
    assert girl.case in girl.listed("/cases", girl.one, by=girl.care)
    assert girl.consent in girl.listed("/consents", girl.one, by=girl.care)
    (judged,) = girl.desk.get(f"/people/{girl.one}/links").expect().body["judgements"]
    assert (judged["because"], judged["taken_back_because"]) == (BECAUSE["because"], "Two girls of one name.")


def test_who_is_told_apart_is_not_linked_until_somebody_takes_it_back_with_a_reason(girl: TwoRecords) -> None:
    pair = {"other_person_id": girl.one, **BECAUSE}
    judgement = girl.desk.post(f"/people/{girl.other}/distinctions", pair).expect().body["id"]
    girl.desk.post(f"/people/{girl.other}/links", pair).expect(409, code="told_apart")
    girl.desk.post(f"/distinctions/{judgement}/taking-back").expect(422)
    girl.desk.post(f"/distinctions/{judgement}/taking-back", {"because": "Her card was found."}).expect()
    link = girl.desk.post(f"/people/{girl.other}/links", pair).expect().body["id"]
    girl.desk.post(f"/links/{link}/taking-back", {"because": "To leave things as they were."}).expect()


def report(girl: TwoRecords, person: str) -> dict[str, Any]:
    body: dict[str, Any] = girl["privacy-officer"].get(f"/people/{person}/access-report").expect().body
    return body
