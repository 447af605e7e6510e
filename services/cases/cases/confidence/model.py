"""What is kept apart in a case, and who is who there (CA-1)."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from chassis.access.apart import Confided, Family
from chassis.database import Apart, Base, Protection

# Whoever reaches who everybody in the family is, sees all of its sides: the staff of the team, and nobody else's grant.
ALL_SIDES = "identity"

in_case = partial(Apart, record="case_id", whole=ALL_SIDES)


def in_force(model: str) -> dict[str, Any]:
    """The arguments of a relationship to what holds about rows of a model; nothing for whoever sees one side only."""
    return {
        "primaryjoin": f"and_(foreign(Confidence.item_id) == {model}.id, Confidence.ended_at.is_(None))",
        "viewonly": True,
        "uselist": False,
        "lazy": "selectin",
    }


KINDS = ("action", "contact", "decision", "goal", "meeting", "plan_section", "team_member")

_FAMILY = Family(
    people="""
        SELECT m.person_id, m.hidden_from || coalesce(k.kept_from, '{}') AS kept_from
        FROM members m LEFT JOIN confidences k ON k.item_id = m.id AND k.ended_at IS NULL
        WHERE m.case_id = wanted
    """,
    own="SELECT a.person_id FROM linked_accounts a WHERE a.account = ANY(accounts) AND a.relation = 'self'",
    acting="""
        SELECT a.person_id FROM linked_accounts a WHERE a.account = ANY(accounts) AND a.relation <> 'self'
        UNION ALL
        SELECT t.for_member FROM team_members t
        WHERE t.case_id = wanted AND t.worker = ANY(accounts) AND t.left_at IS NULL AND t.for_member IS NOT NULL
    """,
)


class Confidence(Confided, Base):
    """What somebody decided about who sees an item of a case; the one without an end holds (CA-1).

    For a member's own row, `kept_from` says from whom the person is kept: they may be on the team and see nothing of
    this member. Only those who see all sides read this table.
    """

    __tablename__ = "confidences"
    __protected__ = Protection(
        links=[("case", "record_id")],
        categories=(ALL_SIDES,),
        apart=Apart(record="record_id", whole=ALL_SIDES, items=("item_id",), staff_only=True),
    )
    __family__: ClassVar[Family] = _FAMILY
