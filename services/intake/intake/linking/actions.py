"""What may be judged about two records: the same person, not the same, and taking either back (IN-8)."""

from __future__ import annotations

from uuid import UUID

from chassis import same_person
from chassis.errors import NotFound, RuleBroken
from chassis.work import Work
from intake import events
from intake.linking.model import NOT_THE_SAME, SAME, Judgement, parts
from intake.linking.queries import standing
from intake.people.model import Person


class OneRecord(RuleBroken):
    """A record is neither linked with itself nor told apart from itself."""

    status = 422
    code = "one_record"
    title = "Name two different records"


class LinkedAlready(RuleBroken):
    """Both records are of one cluster, so that another link would say nothing new and could not be taken back."""

    code = "linked_already"
    title = "These records are linked already, directly or through others"


class ToldApart(RuleBroken):
    """Somebody judged that these are not the same person; that judgement has to be taken back first."""

    code = "told_apart"
    title = "These records, or records linked with them, were judged not to be of the same person"


class ToldApartAlready(RuleBroken):
    """This judgement stands already."""

    code = "told_apart_already"
    title = "These records were judged not to be of the same person already"


def link(work: Work, *, person_id: UUID, other_person_id: UUID, because: str) -> Judgement:
    """Judge that two records are of the same person; both stay as they are, and so does what each shows to whom (IN-8).

    Raises OneRecord, LinkedAlready, and ToldApart when a judgement stands that says they are not the same, be it of
    records linked with them.
    """
    clusters = _clusters_of_both(work, person_id, other_person_id)
    one, other = clusters[person_id], clusters[other_person_id]
    if one == other:
        raise LinkedAlready
    if _told_apart(work, one, other):
        raise ToldApart
    judgement = _judge(work, person_id, other_person_id, kind=SAME, because=because)
    revision = _arrange(work, [one | other])
    work.emit(events.people_linked(judgement, revision=revision, clusters=[one | other]))
    return judgement


def unlink(work: Work, *, link_id: UUID, because: str) -> Judgement:
    """Take a link back: its cluster parts into the two that the link had joined, with what was linked since (IN-8).

    Raises TakenBackAlready.
    """
    link, cluster = _to_take_back(work, link_id, kind=SAME)
    link.take_back(by=work.actor.subject, at=work.now, because=because)
    work.session.flush()
    links = [(each.one_id, each.other_id) for each in standing(work, cluster) if each.kind == SAME]
    clusters = parts(cluster, links)
    revision = _arrange(work, clusters)
    work.emit(events.people_unlinked(link, revision=revision, clusters=clusters))
    return link


def tell_apart(work: Work, *, person_id: UUID, other_person_id: UUID, because: str) -> Judgement:
    """Judge that two records are not of the same person, which is remembered: nobody links them by mistake (IN-8).

    Raises OneRecord, ToldApartAlready, and LinkedAlready while they are linked.
    """
    clusters = _clusters_of_both(work, person_id, other_person_id)
    if clusters[person_id] == clusters[other_person_id]:
        raise LinkedAlready("Take the link back first.")
    if _told_apart(work, {person_id}, {other_person_id}):
        raise ToldApartAlready
    return _judge(work, person_id, other_person_id, kind=NOT_THE_SAME, because=because)


def take_back(work: Work, *, judgement_id: UUID, because: str) -> Judgement:
    """Take back that two records are not of the same person, with the reason (IN-8). Raises TakenBackAlready."""
    judgement, _ = _to_take_back(work, judgement_id, kind=NOT_THE_SAME)
    judgement.take_back(by=work.actor.subject, at=work.now, because=because)
    return judgement


def _clusters_of_both(work: Work, person_id: UUID, other_person_id: UUID) -> dict[UUID, frozenset[UUID]]:
    """The clusters of two records that the caller may see, kept as they are until this is done."""
    if person_id == other_person_id:
        raise OneRecord
    clusters = same_person.hold(work.session, [person_id, other_person_id])
    for each in (person_id, other_person_id):
        work.load(Person, each)
    return clusters


def _to_take_back(work: Work, judgement_id: UUID, *, kind: str) -> tuple[Judgement, frozenset[UUID]]:
    judgement = work.load(Judgement, judgement_id)
    if judgement.kind != kind:
        raise NotFound
    clusters = same_person.hold(work.session, judgement.person_ids)
    return work.load(Judgement, judgement_id, for_update=True), clusters[judgement.one_id]


def _told_apart(work: Work, one: frozenset[UUID] | set[UUID], other: frozenset[UUID] | set[UUID]) -> bool:
    return any(
        each.kind == NOT_THE_SAME and {each.one_id, each.other_id} & other for each in standing(work, one)
    )


def _judge(work: Work, person_id: UUID, other_person_id: UUID, *, kind: str, because: str) -> Judgement:
    return work.add(
        Judgement.of(
            (person_id, other_person_id),
            kind=kind,
            made_by=work.actor.subject,
            made_at=work.now,
            because=because,
        )
    )


def _arrange(work: Work, clusters: list[frozenset[UUID]]) -> int:
    work.session.flush()
    revision = same_person.next_revision(work.session, frozenset[UUID]().union(*clusters))
    same_person.arrange(work.session, revision=revision, clusters=clusters)
    return revision
