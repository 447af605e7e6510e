"""What follows here when records are judged to be of one person, or no longer (IN-8)."""

from __future__ import annotations

from chassis import same_person
from chassis.events import Received
from chassis.work import Work
from consent.capacity.answering import settle
from consent.restrictions.actions import follow_clusters


def follow(work: Work, *, event: Received) -> None:
    """Restrictions go with the cluster (CO-5), and its assessments answer the clocks of all its records (CO-3)."""
    told = [person for cluster in same_person.clusters_told(event) for person in cluster]
    before = same_person.hold(work.session, told)
    follow_clusters(work, event=event)
    settle(work, persons=frozenset(told).union(*before.values()))
