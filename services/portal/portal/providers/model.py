"""Tables of provider organisations and their users (PO-1, PO-2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.ids import new_id

APPLIED = "applied"
APPROVED = "approved"


class Provider(Versioned, Timestamps, Base):
    """A contracted organisation, from application to approval. One for each organisation code."""

    __tablename__ = "providers"
    __protected__ = Protection(links=[("provider", "id")], categories=("finance",))
    __table_args__ = (
        CheckConstraint("state IN ('applied','approved')", name="state"),
        CheckConstraint("(state = 'approved') = (approved_by IS NOT NULL)", name="approved_by_somebody"),
        CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approved_at_a_moment"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation: Mapped[str] = mapped_column(unique=True)
    legal_name: Mapped[str]
    services: Mapped[list[str]]
    contact: Mapped[str | None]
    terms_accepted: Mapped[str]
    state: Mapped[str]
    cohort: Mapped[str | None]
    applied_by: Mapped[str]
    applied_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]

    @property
    def grantee(self) -> str:
        """How grants name everybody who acts for the provider."""
        return f"organisation:{self.organisation}"

    def approve(self, *, by: str, at: datetime, cohort: str | None) -> None:
        """The organisation comes on board."""
        self.state, self.approved_by, self.approved_at, self.cohort = APPROVED, by, at, cohort


class ProviderUser(Versioned, Timestamps, Base):
    """Somebody who acts for a provider. A sign-in acts for one provider only."""

    __tablename__ = "provider_users"
    __protected__ = Protection(through=("provider_id", Provider))
    __table_args__ = (
        CheckConstraint(
            "cardinality(roles) > 0 AND roles <@ ARRAY['provider_user','provider_admin']", name="roles"
        ),
        Index("ix_provider_users_provider_id", "provider_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    account: Mapped[str] = mapped_column(unique=True)
    roles: Mapped[list[str]]
    added_by: Mapped[str]
    added_at: Mapped[datetime]
