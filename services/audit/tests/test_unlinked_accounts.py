"""A sign-in that is a person's no more reads no report and no trail of hers (AU-6)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from chassis import moment
from services.audit.tests.builders import GIRL, an_access

pytestmark = pytest.mark.postgres


@pytest.fixture
def told_of(receive: Any) -> Any:
    """Intake tells that a sign-in was linked to the girl; the link, to be ended."""

    def linked(account: str) -> dict[str, Any]:
        link = {"link_id": uuid4(), "person_id": GIRL, "account": account, "relation": "self"}
        receive("intake.person.account_linked.v1", subject=GIRL, data=link)
        return link

    return linked


@pytest.fixture
def ended(receive: Any) -> Any:
    def unlinked(link: dict[str, Any]) -> None:
        at = moment.now()
        told = {**link, "because": "recorded_in_error", "linked_at": at, "at": at}
        receive("intake.person.account_unlinked.v1", subject=GIRL, data=told)

    return unlinked


def test_it_reads_neither_report_nor_trail_until_it_is_linked_again(
    told: Any, call: Any, an_actor: Any, told_of: Any, ended: Any
) -> None:
    told(an_access())
    girl = an_actor(subject="girl", roles=["client"], organisation=None)

    def read() -> list[int]:
        body = {"person_id": str(GIRL)}
        return [call(door, body, actor=girl).status for door in ("access_report", "person_trail")]

    link = told_of("girl")
    assert read() == [200, 200]
    ended(link)
    assert read() == [403, 403]
    told_of("girl")
    assert read() == [200, 200]
    ended(link)
    assert read() == [200, 200]
