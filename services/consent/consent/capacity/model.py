"""Tables of capacity assessments and of what the latest one means for deciding (CO-3)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Base, Protection
from chassis.ids import new_id

SCREEN = "screen"
FULL = "full"
ABLE = "able"
DOUBTFUL = "doubtful"
NOT_ABLE = "not_able"
DOMAINS = ("personal_safety", "basic_services", "consequences")


class CapacityAssessment(Base):
    """What somebody found on one day; capacity fluctuates, so each finding stands beside the earlier ones for ever.

    A *screen* looks at the three domains of the standard; where one is doubtful or absent, a *full* capability
    assessment is owed, or a reason why none is needed.
    """

    __tablename__ = "capacity_assessments"
    __append_only__ = True
    __protected__ = Protection(
        links=[("person", "person_id"), ("capacity_assessment", "id")], categories=("consent",)
    )
    __table_args__ = (
        CheckConstraint("kind IN ('screen', 'full')", name="kind"),
        CheckConstraint("outcome IN ('able', 'doubtful', 'not_able')", name="outcome"),
        CheckConstraint("kind = 'screen' OR outcome <> 'doubtful'", name="a_full_one_decides"),
        Index("ix_capacity_assessments_person_id", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    kind: Mapped[str]
    outcome: Mapped[str]
    assessed_at: Mapped[datetime]
    assessed_by: Mapped[str]
    recorded_by: Mapped[str]
    organisation: Mapped[str | None]
    review_on: Mapped[date | None]

    findings: Mapped[list[CapacityFinding]] = relationship(order_by="CapacityFinding.place", lazy="selectin")

    @property
    def full_assessment_owed(self) -> bool:
        """Whether a full capability assessment is to be considered."""
        return self.kind == SCREEN and self.outcome != ABLE


class CapacityFinding(Base):
    """What was seen in one domain."""

    __tablename__ = "capacity_findings"
    __append_only__ = True
    __protected__ = Protection(through=("assessment_id", CapacityAssessment))
    __table_args__ = (
        UniqueConstraint("assessment_id", "domain"),
        CheckConstraint("domain IN ('personal_safety', 'basic_services', 'consequences')", name="domain"),
        CheckConstraint("finding IN ('able', 'doubtful', 'not_able')", name="finding"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("capacity_assessments.id"))
    place: Mapped[int]
    domain: Mapped[str]
    finding: Mapped[str]
    observed: Mapped[str]


class CapacityStanding(Base):
    """What the rules on deciding need to know of a person, without opening an assessment to who records: one code.

    It names nobody who assessed and nothing that was seen; a row is there once somebody assessed.
    """

    __tablename__ = "capacity_standings"
    __table_args__ = (CheckConstraint("outcome IN ('able', 'doubtful', 'not_able')", name="outcome"),)

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[UUID]
    outcome: Mapped[str]
    assessed_at: Mapped[datetime]
