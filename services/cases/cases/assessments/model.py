"""Assessments and their answers, kept apart by information category."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.assessments.form import CONTENT_CATEGORIES, Question
from cases.casefile.model import Case
from cases.confidence.model import in_case
from cases.errors import AssessmentSignedOff
from chassis.database import Base, Protection, Timestamps, Versioned
from chassis.ids import new_id


class Assessment(Versioned, Timestamps, Base):
    """The answers of one person to one version of a form, a draft until it is signed off (CA-4).

    Being on the team opens none of it. It is reached through a grant on the person (a consent, or the own
    record) in one of its categories, or through a grant on this one record, which its author and the
    author's supervisor hold.
    """

    __tablename__ = "assessments"
    __protected__ = Protection(
        links=[("person", "person_id"), ("assessment", "id")], categories=CONTENT_CATEGORIES
    )
    __table_args__ = (
        CheckConstraint("(signed_off_at IS NULL) = (signed_off_by IS NULL)", name="signed_off_by_somebody"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(index=True)
    consent_id: Mapped[UUID] = mapped_column(index=True)
    form: Mapped[str]
    form_version: Mapped[int]
    categories: Mapped[list[str]]
    author: Mapped[str]
    organisation: Mapped[str | None]
    supervisor: Mapped[str | None]
    recorded_at: Mapped[datetime]
    amendments: Mapped[int] = mapped_column(default=0)
    signed_off_at: Mapped[datetime | None]
    signed_off_by: Mapped[str | None]

    answers: Mapped[list[Answer]] = relationship(lazy="selectin", order_by="Answer.id")

    @property
    def status(self) -> str:
        """`draft` or `signed_off`."""
        return "draft" if self.signed_off_at is None else "signed_off"

    @property
    def withheld(self) -> tuple[str, ...]:
        """Categories that hold answers of which none was let through to the present reader."""
        return tuple(sorted(set(self.categories) - {answer.category for answer in self.answers}))

    def must_be_draft(self) -> None:
        """Raise AssessmentSignedOff when it is finished."""
        if self.signed_off_at is not None:
            raise AssessmentSignedOff

    def answer(self, question: Question, *, choice: str | None, text: str | None) -> None:
        """Set the answer to a question, new or instead of an earlier one."""
        self.must_be_draft()
        earlier = next((each for each in self.answers if each.question == question.code), None)
        if earlier is not None:
            earlier.choice, earlier.text = choice, text
            return
        self.answers.append(
            Answer(
                question=question.code,
                section=question.section,
                category=question.category,
                aspect=question.aspect,
                choice=choice,
                text=text,
            )
        )
        self.categories = sorted({*self.categories, question.category})

    def sign_off(self, *, by: str, at: datetime) -> None:
        """Finish the assessment; no answer changes after this."""
        self.must_be_draft()
        self.signed_off_by, self.signed_off_at = by, at


class Answer(Timestamps, Base):
    """One answer. The row names its own category, so the database gives each reader what is granted."""

    __tablename__ = "answers"
    __protected__ = Protection(through=("assessment_id", Assessment), category_column="category")
    __table_args__ = (UniqueConstraint("assessment_id", "question"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessments.id"))
    question: Mapped[str]
    section: Mapped[str]
    category: Mapped[str]
    aspect: Mapped[str | None]
    choice: Mapped[str | None]
    text: Mapped[str | None]


class AssessmentOnFile(Timestamps, Base):
    """That an assessment exists, and whom to ask: what the team knows without the person's consent."""

    __tablename__ = "assessments_on_file"
    __protected__ = Protection(
        through=("case_id", Case),
        person="person_id",
        apart=in_case(persons=("person_id",), workers=("author",)),
    )
    __append_only__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    person_id: Mapped[UUID]
    form: Mapped[str]
    form_version: Mapped[int]
    author: Mapped[str]
    organisation: Mapped[str | None]
    recorded_at: Mapped[datetime]

    @property
    def assessment_id(self) -> UUID:
        """The assessment, whose identifier this row shares."""
        return self.id
