"""Who is who to a person: told from one side, seen from both, and opening neither record (IN-7, CO-9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from chassis.testing import make_actor
from intake.people.relationships.kinds import KindsInvalid, kinds, read_kinds
from services.intake.tests.front_desk import DESK, MENTOR, OTHER_TEAM, SOCIAL_WORKER, good, refused
from services.intake.tests.people_desk import history, read, refusals, tell

TODAY = "2026-03-04"
KIN = make_actor(subject="kin", organisation=None, roles=["client"])


def relate(desk, person, other=None, *, by=DESK, **told):
    if other is not None:
        told["other_id"] = other["id"]
    return tell(desk, "add_relationship", person, by=by, **{"kind": "mother", **told})


def seen(desk, person, *fields, by=DESK):
    rows = read(desk, person, by=by).get("relationships")
    return rows if rows is None else [tuple(row[field] for field in fields) for row in rows]


@pytest.fixture
def girl(desk):
    return desk.girl()


@pytest.fixture
def mother(desk):
    return desk.person(given="Mei", family="Ito")


def test_a_relationship_told_once_is_read_from_both_sides_with_the_right_word(desk, girl, mother):
    good(relate(desk, girl, mother))
    assert seen(desk, girl, "kind", "other_name", "told_from_here") == [("mother", "Mei Ito", True)]
    assert seen(desk, mother, "kind", "other_name", "told_from_here") == [("child", "Hana Ito", False)]


def test_somebody_without_a_record_is_a_name_and_a_way_to_reach_them(desk, girl):
    told = {"kind": "supporter", "other_name": "Auntie from next door", "reached_by": "250 555 0123"}
    good(relate(desk, girl, emergency_contact=True, **told))
    assert seen(desk, girl, "kind", "other_name", "reached_by", "emergency_contact", "other_withheld") == [
        ("supporter", "Auntie from next door", "250 555 0123", True, False)
    ]


def test_family_is_whoever_the_client_names_in_their_words(desk, girl, mother):
    good(relate(desk, girl, mother, kind="named_as_family", in_their_words="My heart mother"))
    assert seen(desk, girl, "kind", "in_their_words") == [("named_as_family", "My heart mother")]
    assert seen(desk, mother, "kind", "in_their_words") == [("names_as_family", None)]


def test_a_relationship_ends_and_stays_on_record(desk, girl, mother):
    row = good(relate(desk, girl, mother, kind="guardian"))["relationships"][0]
    good(tell(desk, "end_relationship", girl, relationship_id=row["id"]))
    assert seen(desk, mother, "kind", "used_until") == [("ward", TODAY)]
    assert len(good(relate(desk, girl, mother, kind="guardian"))["relationships"]) == 2


def test_a_relationship_is_amended_where_it_was_told(desk, girl, mother):
    row = good(relate(desk, girl, mother, kind="carer"))["relationships"][0]
    said = {"relationship_id": row["id"], "kind": "guardian"}
    assert refused(tell(desk, "amend_relationship", mother, if_match="*", **said)) == "not_found"
    good(tell(desk, "amend_relationship", girl, if_match="*", **said))
    assert seen(desk, mother, "kind") == [("ward",)]
    assert [change["before"]["kind"] for change in history(desk, girl) if change["before"]] == ["carer"]


# -- safety


def test_who_must_not_be_told_is_never_met_from_their_own_side(desk, girl, mother):
    good(relate(desk, girl, mother, kind="former_partner", must_not_be_told=True))
    assert seen(desk, girl, "kind", "must_not_be_told") == [("former_partner", True)]
    assert seen(desk, mother, "kind") == []


def test_who_must_not_be_told_does_not_learn_of_it_by_their_own_sign_in(desk, girl, mother):
    link = {"person_id": mother["id"], "account": "kin", "relation": "self"}
    good(desk.call("link_account", link, actor=DESK))
    row = good(relate(desk, girl, mother, kind="former_partner"))["relationships"][0]
    assert seen(desk, mother, "kind", "other_withheld", "other_id", "other_name", by=KIN) == [
        ("former_partner", True, None, None)
    ]
    unsafe = {"relationship_id": row["id"], "kind": "former_partner", "must_not_be_told": True}
    good(tell(desk, "amend_relationship", girl, if_match="*", **unsafe))
    assert seen(desk, mother, "kind", by=KIN) == []
    assert seen(desk, mother, "kind") == []


def test_flags_and_notes_are_of_the_side_that_told_them(desk, girl, mother):
    good(relate(desk, girl, mother, emergency_contact=True, note="Call her first."))
    assert seen(desk, mother, "emergency_contact", "note") == [(False, None)]


def test_somebody_who_must_not_be_told_is_not_to_be_called_in_need(desk, girl, mother):
    answer = relate(desk, girl, mother, emergency_contact=True, must_not_be_told=True)
    assert [pointer for pointer, _ in refusals(answer)] == ["/emergency_contact"]


# -- need to know


def test_a_relationship_opens_nothing_of_the_other_to_who_may_see_this_side_only(
    desk, girl, mother, consent_is_current
):
    good(relate(desk, girl, mother))
    consent_is_current()
    desk.consent(girl, to="organisation:school", categories=["identity", "family"], purposes=["care"])
    assert seen(desk, girl, "kind", "other_withheld", "other_id", "other_name", by=MENTOR) == [
        ("mother", True, None, None)
    ]
    assert refused(desk.read_person(mother["id"], by=MENTOR)) == "access_denied"


def test_a_restricted_other_keeps_their_name_to_themselves(desk, girl, mother):
    good(relate(desk, girl, mother))
    desk.restrict(mother)
    assert seen(desk, girl, "kind", "other_withheld", "other_name") == [("mother", True, None)]


def test_a_restricted_person_is_withheld_on_the_other_side_as_well(desk, girl, mother):
    good(relate(desk, girl, mother))
    desk.restrict(girl)
    assert refused(desk.read_person(girl["id"])) == "not_found"
    assert seen(desk, mother, "kind", "other_withheld", "other_name") == [("child", True, None)]


def test_who_has_no_grant_for_family_sees_no_relationship(desk, girl, mother):
    good(relate(desk, girl, mother))
    assert not seen(desk, girl, "kind", by=OTHER_TEAM)


def test_nobody_relates_a_person_to_somebody_whom_they_may_not_see(desk, girl):
    elsewhere = desk.person(given="Somebody", family="Else")
    mine = desk.person(given="Mine", by=SOCIAL_WORKER)
    desk.restrict(girl)
    assert refused(relate(desk, elsewhere, girl)) == "not_found"
    assert refused(relate(desk, elsewhere, mine, by=SOCIAL_WORKER)) in ("permission_missing", "access_denied")


def test_the_log_names_both_whose_relationship_was_shown(desk, girl, mother, outbox):
    good(relate(desk, girl, mother))
    read(desk, girl)
    assert set(outbox.entries()[-1]["persons"]) == {girl["id"], mother["id"]}


def test_the_database_itself_keeps_the_sides_apart(desk, work_as):
    girl, mother = desk.girl(), desk.person(given="Mei", by=SOCIAL_WORKER)

    def rows(actor):
        with work_as(actor) as work:
            return work.session.scalar(text("SELECT count(*) FROM relationships"))

    row = good(relate(desk, girl, mother, kind="former_partner"))["relationships"][0]
    assert (rows(DESK), rows(SOCIAL_WORKER), rows(OTHER_TEAM), rows(MENTOR)) == (1, 1, 0, 0)
    desk.restrict(girl)
    assert (rows(DESK), rows(SOCIAL_WORKER)) == (0, 1)
    lifted = {"person_id": girl["id"], "restriction_id": row["id"]}
    desk.receive("consent.restriction.lifted.v1", subject=girl["id"], data=lifted)
    unsafe = {"relationship_id": row["id"], "kind": "former_partner", "must_not_be_told": True}
    good(tell(desk, "amend_relationship", girl, if_match="*", **unsafe))
    assert (rows(DESK), rows(SOCIAL_WORKER)) == (1, 0)


# -- what cannot be


def test_nobody_is_related_to_themselves(desk, girl):
    assert [pointer for pointer, _ in refusals(relate(desk, girl, girl))] == ["/other_id"]


def test_a_relationship_that_cannot_be_is_refused_with_its_field(desk, girl):
    for told, pointer in [
        ({}, "/other_id"),
        ({"other_name": "A", "kind": "boss"}, "/kind"),
        ({"other_name": "x" * 301}, "/other_name"),
        ({"other_name": "A", "used_from": "2026-13-01"}, "/used_from"),
    ]:
        assert [at for at, _ in refusals(relate(desk, girl, **told))] == [pointer]


def test_the_same_is_not_said_twice_of_two_records(desk, girl, mother):
    good(relate(desk, girl, mother))
    assert refused(relate(desk, girl, mother)) == "relationship_known_already"


def test_nobody_becomes_their_own_ancestor_by_however_many_steps(desk, girl, mother):
    grandmother = desk.person(given="Yui", family="Ito")
    good(relate(desk, girl, mother))
    good(relate(desk, grandmother, mother, kind="child"))
    assert refused(relate(desk, mother, girl)) == "own_ancestor"
    assert refused(relate(desk, grandmother, girl, kind="father")) == "own_ancestor"
    assert refused(relate(desk, girl, grandmother, kind="child")) == "own_ancestor"
    good(relate(desk, girl, grandmother, kind="grandparent"))


def test_a_row_put_the_other_way_round_does_not_stand_in_its_own_way(desk, girl, mother):
    row = good(relate(desk, girl, mother, kind="child"))["relationships"][0]
    said = {"relationship_id": row["id"], "kind": "mother"}
    good(tell(desk, "amend_relationship", girl, if_match="*", **said))
    assert seen(desk, mother, "kind") == [("child",)]


# -- kinds as data


@given(st.sampled_from(sorted(kinds())))
def test_read_backwards_twice_a_kind_is_of_the_same_line(code: str):
    kind = kinds()[code]
    back = kinds()[kind.seen_back]
    assert kinds()[back.seen_back].line == kind.line
    assert back.seen_back == code or kinds()[back.seen_back].line == kind.line


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("- {kind: mother, seen_back: child}", "seen_back must be a kind"),
        ("- {kind: aa, seen_back: aa, line: ancestor}", "do not go together"),
        ("- {kind: Aa, seen_back: aa}", "kind must be a code"),
        ("- {kind: aa, seen_back: aa}\n" * 2, "stands there twice"),
        ("- {kind: aa, seen_back: aa, colour: red}", "only kind, line, seen_back are known"),
        ("kind: aa", "a list of kinds"),
    ],
)
def test_a_file_of_kinds_with_an_error_is_refused_and_the_error_named(tmp_path, written, says):
    file = tmp_path / "kinds.yaml"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(KindsInvalid, match=says):
        read_kinds(file)
