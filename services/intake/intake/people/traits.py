"""What a person is found and recognised by, wherever it is kept a second time."""

from __future__ import annotations

from chassis.work import Work
from intake.directory.model import Listing
from intake.matching.keeping import keep_keys
from intake.people.model import Person


def traits_changed(work: Work, person: Person) -> None:
    """Bring up to date everything that is made from a person's traits: the one place that every change passes.

    Traits are names, date of birth, contact points, addresses and identifiers. Their rows are in the database,
    uncommitted, when this is called; after a person was recorded, and after each amendment.
    """
    person.keep_search_words()
    listing = work.session.get(Listing, person.id) or Listing(person=person)
    work.session.add(listing.as_called())
    work.session.flush()
    keep_keys(work, person)
