"""Keys kept up to date with the people they are of (IN-8)."""

from __future__ import annotations

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from chassis.work import Work
from intake.matching.keys import keys_of
from intake.matching.model import MatchKey, SoughtFor
from intake.matching.of_people import traits_of
from intake.people.model import Person


def keep_keys(work: Work, person: Person) -> None:
    """Let the person be found by what is known of them now, and have their duplicates looked for."""
    keep_keys_only(work, person)
    work.session.add(SoughtFor(person_id=person.id))


def keep_keys_only(work: Work, person: Person) -> None:
    """Let the person be found by what is known of them now.

    Who may not see how to reach a person sees neither their addresses nor the keys made of them, and changes neither.
    """
    wanted = {(key.number, key.category) for key in keys_of(traits_of(person))}
    of_person = select(MatchKey.key, MatchKey.category).where(MatchKey.person_id == person.id)
    held = {(key, category) for key, category in work.session.execute(of_person)}
    if gone := held - wanted:
        work.session.execute(
            delete(MatchKey).where(
                MatchKey.person_id == person.id, tuple_(MatchKey.key, MatchKey.category).in_(sorted(gone))
            )
        )
    if new := sorted(wanted - held):
        work.session.execute(
            insert(MatchKey)
            .values([{"key": key, "category": category, "person_id": person.id} for key, category in new])
            .on_conflict_do_nothing()
        )
