"""A sign-in that was linked by mistake is nobody's again: what it reached as such is closed (CA-1, CO-9, AU-6)."""

from __future__ import annotations

import pytest

from services.cases.tests.family import (
    CONTENT,
    FATHER,
    GIRL,
    HOUSING_OFFICER,
    MENTOR,
    Family,
    good,
)
from services.cases.tests.sides import Sides


@pytest.fixture
def family(call, receive, clock):
    return Family(call=call, receive=receive).opened_by(MENTOR)


def joins(family, actor, *, standing="client", **said):
    body = {
        "case_id": family.id,
        "worker": actor.subject,
        "organisation": None,
        "standing": standing,
        "role": "family",
    }
    return good(family.call("add_team_member", {**body, **said}, actor=MENTOR))


def reads(family, actor):
    return family.call("read_case", {"case_id": family.id}, actor=actor).status


def test_her_assessment_is_closed_to_it_and_opens_again_when_it_is_linked_again(
    family, call, consent_is_current
):
    consent_is_current()
    consent = family.consents(to="worker:mentor", categories=CONTENT)
    assessment = good(family.assessed_by(MENTOR, consent_id=consent))

    def read():
        return call("read_assessment", {"assessment_id": assessment["id"]}, actor=GIRL).status

    link = family.signs_in("girl", person=family.girl)
    assert read() == 200
    family.unlinked(link)
    assert read() == 403
    family.signs_in("girl", person=family.girl)
    assert read() == 200
    family.unlinked(link)
    assert read() == 200


def test_its_place_on_the_team_as_the_client_ends_and_the_directory_is_told(family, outbox):
    link = family.signs_in("girl", person=family.girl)
    joins(family, GIRL)
    assert reads(family, GIRL) == 200
    family.unlinked(link)
    assert reads(family, GIRL) == 403
    (left,) = outbox("cases.team_member.left.v1")
    assert (left.data["worker"], left.data["reason"]) == ("girl", "account_unlinked")
    joins(family, GIRL)
    assert reads(family, GIRL) == 200


def test_a_place_that_was_given_to_the_sign_in_itself_stays(family):
    links = [family.signs_in(each, person=family.girl) for each in ("father", "girl")]
    joins(family, FATHER, standing="relative")
    joins(family, GIRL, for_member=str(family.mother))
    for link in links:
        family.unlinked(link)
    assert (reads(family, FATHER), reads(family, GIRL)) == (200, 200)


def test_who_is_hidden_from_somebody_else_s_sign_in_no_more_may_join(family, call):
    father = family.somebody()
    hiding = {"relation": "sister", "hidden_from": [str(father)]}
    body = {"case_id": family.id, "person_id": str(family.somebody()), **hiding}
    good(call("add_member", body, actor=MENTOR))
    link = family.signs_in("father", person=father)
    assert family.asks_to_join(FATHER, brought_by=MENTOR, standing="relative").status == 409
    family.unlinked(link)
    assert family.asks_to_join(FATHER, brought_by=MENTOR, standing="relative").status == 200


def test_who_was_taken_for_the_father_sees_the_mother_s_side_again_and_who_acted_for_the_girl_hers_no_more(
    family, work_as
):
    sides = Sides(family=family, work_as=work_as).opened()
    sides.keeps(sides.mother, kept_from=[sides.father])
    sides.goal("A safe home of her own", about=[sides.mother], shown_to=[sides.mother])
    sides.goal("Use less", about=[sides.girl], shown_to=[sides.girl])
    sides.joined(HOUSING_OFFICER, standing="staff")
    sides.joined(FATHER, standing="relative")
    as_father = family.signs_in(HOUSING_OFFICER.subject, person=sides.father)
    as_parent = family.signs_in("father", person=sides.girl, relation="parent")
    assert (sides.wishes(HOUSING_OFFICER), sides.wishes(FATHER)) == ([], ["Use less"])
    family.unlinked(as_father)
    family.unlinked(as_parent, because="changed")
    assert sides.wishes(HOUSING_OFFICER) == ["A safe home of her own", "Use less"]
    assert sides.wishes(FATHER) == []
