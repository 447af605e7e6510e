"""In which views doors show each kind of record: what *why* and *preview* tell the fields of (CO-7)."""

from __future__ import annotations

from chassis.schemas import Schema
from intake.directory.schemas import DirectoryEntryView, InvolvementView
from intake.disputes.schemas import DisputeView
from intake.follow_up.schemas import FollowUpView, ReferralHistoryView
from intake.linking.schemas import JudgementView
from intake.matching.schemas import DuplicateView
from intake.mediation.schemas import MediationRequestView, MediationView
from intake.outreach.schemas import OutreachContactView
from intake.people.history.schemas import HistoryView
from intake.people.identifiers.schemas import IdentifiersView
from intake.people.schemas import AccountView, PersonView
from intake.prelude.schemas import ChecklistView
from intake.referrals.schemas import ReferralView
from intake.screening.schemas import ScreeningDraftView, ScreeningView
from intake.uploads.schemas import HeldRowView
from intake.waitlist.schemas import WaitingView, WaitListEntryView
from intake.worklist.schemas import WorkItemView

VIEWS: dict[str, type[Schema] | tuple[type[Schema], ...]] = {
    "account_link": AccountView,
    "checklist": ChecklistView,
    "dispute": DisputeView,
    "held_row": HeldRowView,
    "involvement": InvolvementView,
    "judgement": JudgementView,
    "listing": DirectoryEntryView,
    "mediation_request": (MediationRequestView, MediationView),
    "outreach_contact": OutreachContactView,
    "person": (PersonView, IdentifiersView, HistoryView),
    "possible_duplicate": DuplicateView,
    "referral": (ReferralView, ReferralHistoryView, FollowUpView),
    "screening": ScreeningView,
    "screening_draft": ScreeningDraftView,
    "wait_list_entry": (WaitListEntryView, WaitingView),
    "work_item": WorkItemView,
}
