"""Duplicates looked for by the service itself, after people were recorded or amended (IN-8)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from chassis.ids import new_id
from chassis.work import Work
from intake.matching.keeping import keep_keys_only
from intake.matching.model import CommonWord, PossibleDuplicate, SoughtFor
from intake.matching.of_people import traits_of
from intake.matching.queries import alike
from intake.people.model import Person

_AT_ONCE = 50
_MOST_A_PERSON = 10
_COMMON = 0.0005
_SAMPLED_ROWS = 200_000
_ENOUGH_ROWS = 2_000

_ROWS = text("SELECT reltuples FROM pg_class WHERE oid = 'search_words'::regclass")
# The share is that of people who hold the word; a row is one word of one person.
_COUNT_WORDS = """
    WITH sampled AS (SELECT person_id, word FROM search_words TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1)),
        people AS (SELECT count(DISTINCT person_id)::float AS number FROM sampled)
    SELECT word, count(*) / max(people.number) FROM sampled, people GROUP BY word
    HAVING count(*) > {common} * max(people.number)
"""


def seek_duplicates(work: Work) -> int:
    """Look for the duplicates of people recorded or amended since; say for how many it was done.

    A pair is kept while it is possible. Whoever is waiting stays until it was done, so that nothing is lost when the
    service stops; new people never wait for it.
    """
    waiting = work.session.scalars(
        select(SoughtFor).order_by(SoughtFor.id).limit(_AT_ONCE).with_for_update(skip_locked=True)
    ).all()
    for person_id in dict.fromkeys(each.person_id for each in waiting):
        _seek(work, person_id)
    if waiting:
        work.session.execute(delete(SoughtFor).where(SoughtFor.id.in_([each.id for each in waiting])))
    return len(waiting)


def _seek(work: Work, person_id: UUID) -> None:
    person = work.session.get(Person, person_id)
    if person is None:
        return
    keep_keys_only(work, person)
    found = {
        (min(person_id, other.id), max(person_id, other.id)): other.candidate
        for other in alike(work, traits_of(person), but=person_id)[:_MOST_A_PERSON]
        if other.candidate is not None and other.candidate.band != "weak"
    }
    for pair in work.session.scalars(
        select(PossibleDuplicate).where(
            or_(PossibleDuplicate.one_id == person_id, PossibleDuplicate.other_id == person_id)
        )
    ).all():
        if (pair.one_id, pair.other_id) not in found:
            work.session.delete(pair)
    work.session.flush()
    for (one, other), candidate in sorted(found.items(), key=lambda each: each[0]):
        row = insert(PossibleDuplicate).values(
            id=new_id(), one_id=one, other_id=other, bits=candidate.score, found_at=work.now
        )
        work.session.execute(
            row.on_conflict_do_update(index_elements=["one_id", "other_id"], set_={"bits": row.excluded.bits})
        )


def count_common_words(work: Work) -> int:
    """Learn anew how common the common words of names are, from a sample; say how many there are.

    Nothing is learned from a few people: then the shipped weights alone count.
    """
    rows = work.session.execute(_ROWS).scalar_one()
    if rows < _ENOUGH_ROWS:
        return 0
    percent = min(100.0, 100 * _SAMPLED_ROWS / rows)
    counted = text(_COUNT_WORDS.format(percent=percent, common=_COMMON))
    shares = {word: float(share) for word, share in work.session.execute(counted)}
    work.session.execute(delete(CommonWord))
    work.session.execute(
        insert(CommonWord),
        [
            {"word": "", "share": 1.0},
            *({"word": word, "share": share} for word, share in sorted(shares.items())),
        ],
    )
    return len(shares)
