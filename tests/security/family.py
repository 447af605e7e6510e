"""Who there is in the tests of attacks: the cast, and a family with the ids and the words of what is held of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.security.sign_ins import RUN, Actor

PROGRAM = "child_and_family_services"
TODAY = datetime.now(UTC).date()
SINCE = str(TODAY - timedelta(days=30))
SOON = str(TODAY + timedelta(days=60))
NOW = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
OWN, OTHER = f"school-{RUN}", f"elsewhere-{RUN}"


def cast(place: str = "") -> dict[str, Actor]:
    """Who is there, by name: with what each of them has to do with the family, the tests say.

    Those of another place have other sign-ins and other organisations, and nothing to do with each other.
    """
    run = f"{place}-{RUN}" if place else RUN
    own, other, ministry, borough = f"school-{run}", f"elsewhere-{run}", f"ministry-{run}", f"borough-{run}"
    carers, rivals = f"carers-{run}", f"rivals-{run}"
    named = [
        Actor("mentor", "practitioner", own),
        Actor("colleague", "practitioner", own),
        Actor("stranger", "practitioner", other),
        Actor("recipient", "practitioner", f"housing-{run}"),
        Actor("desk", "intake_worker", f"office-{run}", (f"desk-{run}",)),
        Actor("other-desk", "intake_worker", f"office2-{run}", (f"desk2-{run}",)),
        Actor("social-worker", "social_worker", f"care-{run}"),
        Actor("team-lead", "team_lead", f"care-{run}"),
        Actor("client", "client"),
        Actor("other-client", "client"),
        Actor("carers-admin", "provider_admin", carers),
        Actor("carers-worker", "provider_user", carers),
        Actor("rivals-admin", "provider_admin", rivals),
        Actor("rivals-worker", "provider_user", rivals),
        Actor("manager", "program_manager", ministry),
        Actor("contracts", "contracts_officer", ministry),
        Actor("approver", "finance_approver", ministry),
        Actor("releaser", "finance_releaser", ministry),
        Actor("privacy", "privacy_officer", ministry),
        Actor("auditor", "auditor", ministry),
        Actor("operator", "operator", ministry),
        Actor("feed", "system_feed", borough),
        Actor("other-feed", "system_feed", f"borough2-{run}"),
        Actor("mediator", "directory_mediator", borough),
    ]
    roles = {actor.name: actor for actor in named}
    for actor in roles.values() if place else ():
        actor.renamed(f"{actor.name}-{place}")
    return roles


@dataclass
class Family:
    """A person, a relative, and what the platform holds of them; `ids` by what each is."""

    name: str
    cast: dict[str, Actor]
    ids: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    account: str = "client"
    place: str = ""

    @property
    def run(self) -> str:
        """What ends the codes of agencies and helpers of this family's place."""
        return f"{self.place}-{RUN}" if self.place else RUN

    @property
    def born(self) -> str:
        """On which day the person was born."""
        return f"{TODAY.year - 15}-01-04"

    @property
    def carers(self) -> str:
        """The organisation that helps at home."""
        return f"carers-{self.run}"

    @property
    def rivals(self) -> str:
        """Another one, which has nothing to do with the family."""
        return f"rivals-{self.run}"

    def __getitem__(self, actor: str) -> Actor:
        return self.cast[actor]

    def mark(self, what: str) -> str:
        """The word that marks texts of this sort."""
        return self.marks.setdefault(what, f"Zq{what}{self.name}{RUN}")

    def told_in(self, text: str) -> list[str]:
        """Which sorts of its words stand in a text."""
        text = text.casefold()
        return sorted(sort for sort, word in self.marks.items() if word.casefold() in text)

    def explained(self) -> dict[str, Any]:
        """That somebody explained what a consent means."""
        return {"text": self.mark("consent"), "refusal_explained": True}

    def consents(self, by: str, to: str, categories: list[str], purposes: list[str]) -> str:
        """She agrees that somebody sees some of it."""
        body = {
            "person_id": self.ids["person_id"],
            "recipient": to,
            "categories": categories,
            "purposes": purposes,
            "form": "verbal",
            "explanation": self.explained(),
        }
        return str(self[by].made("/consents", body)["id"])
