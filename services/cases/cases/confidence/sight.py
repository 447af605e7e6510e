"""How much of a family the present reader sees (CA-1)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from cases.casefile.model import Case
from cases.confidence.model import ALL_SIDES, Confidence
from chassis import same_person
from chassis.errors import AccessDenied
from chassis.work import Work


def told(work: Work, case: Case, *also: object) -> Case:
    """The case, marked when the reader sees one side of the family only: nothing of it then tells of another side.

    `also` are further records of the case that are marked with it.
    """
    if not sees_all_sides(work, case=case):
        for each in (case, *case.members, *case.team, *also):
            each.told_in_parts = True  # type: ignore[attr-defined]
    return case


def must_see_all_sides(work: Work, *, case: Case) -> None:
    """Raise AccessDenied for whoever sees one side of the family only.

    Who is in the family and on its team is not for them to say: an attempt would tell them who is there already.
    """
    if not sees_all_sides(work, case=case):
        raise AccessDenied


def sees_all_sides(work: Work, *, case: Case) -> bool:
    """Whether the reader sees everything of every member: staff from whom no member is kept (CA-1)."""
    seen = work.seen([case])[0]
    if seen.everything:
        return True
    asked = text(
        "SELECT icm_open_to(:id, '{}', CAST(:persons AS uuid[]), '{}', CAST(:whole AS boolean), true, true)"
    )
    given = {"id": case.id, "persons": list(case.person_ids), "whole": ALL_SIDES in seen.categories}
    return bool(work.session.execute(asked, given).scalar())


def concerned(work: Work, case: Case, *words: Confidence | None) -> None:
    """Note the members whom this access concerns, for their access reports (AU-6), and nobody else.

    Somebody from whom the item or the actor's own place in the team is kept does not learn of either from the report of
    who looked at the case (CA-1).
    """
    own = [each.visibility for each in case.present_team if each.worker == work.actor.subject]
    told_of = set(case.person_ids)
    for word in (*words, *own):
        told_of &= set(persons_told(work, case=case, word=word))
    work.concerns(told_of)


def persons_told(work: Work, *, case: Case, word: Confidence | None) -> list[UUID]:
    """The members who may be told of something: all of them, or those for whom it is, and no one it is kept from."""
    shown = list(case.person_ids)
    about: set[UUID] = set()
    if word is not None:
        about = set(word.about)
        if word.shown_to is not None:
            shown = [each for each in shown if each in word.shown_to or each in about]
    away = {
        each
        for member in case.members
        if member.person_id in about
        for each in (*member.hidden_from, *member.kept_from)
    }
    if not away:
        return shown
    theirs = same_person.records_of(work.session, away)
    return [each for each in shown if each not in theirs]
