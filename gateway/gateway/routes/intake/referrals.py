"""Routes to referrals and their deadlines."""

from __future__ import annotations

from gateway.routes import Routes
from intake.follow_up.schemas import ReferralHistoryView
from intake.referrals.schemas import (
    AssignReferral,
    ChangePriority,
    DocumentBreach,
    JoinReferral,
    ListReferrals,
    PauseClock,
    ReadReferral,
    ReceiveReferral,
    ReceiveReferrals,
    RecordContactAttempt,
    RecordReferrer,
    RecordServiceContact,
    ReferralFoundPage,
    ReferralFoundView,
    ReferralView,
    ResumeClock,
    TakeReferral,
    TakeUpAgain,
    TellReferrer,
    TransferReferral,
    WithdrawReferral,
)


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.post(
        "/referrals",
        "receive_referral",
        "Receive a referral",
        takes=ReceiveReferral,
        gives=ReferralFoundView,
        permission="intake.referral.receive",
        located="/referrals/<referral_id>",
    )
    routes.get(
        "/referrals",
        "list_referrals",
        "List referrals",
        takes=ListReferrals,
        gives=ReferralFoundPage,
        permission="intake.referral.list",
    )
    routes.get(
        "/referrals/<uuid:referral_id>",
        "read_referral",
        "Read a referral",
        takes=ReadReferral,
        gives=ReferralView,
        permission="intake.referral.read",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/contact-attempts",
        "record_contact_attempt",
        "Record an attempt to reach the person",
        takes=RecordContactAttempt,
        gives=ReferralView,
        permission="intake.referral.contact",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/service-contact",
        "record_service_contact",
        "Record that the program has met the person",
        takes=RecordServiceContact,
        gives=ReferralView,
        permission="intake.referral.serve",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/clocks/<clock>/pause",
        "pause_clock",
        "Pause a deadline",
        takes=PauseClock,
        gives=ReferralView,
        permission="intake.clock.pause",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/clocks/<clock>/resume",
        "resume_clock",
        "Let a deadline run again",
        takes=ResumeClock,
        gives=ReferralView,
        permission="intake.clock.resume",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/clocks/<clock>/circumstances",
        "document_breach",
        "Document why a deadline was missed",
        takes=DocumentBreach,
        gives=ReferralView,
        permission="intake.clock.document",
    )
    _requests(routes)
    _keeping(routes)


def _requests(routes: Routes) -> None:
    """What is asked for at once, again, no longer, or elsewhere; and who asks."""
    routes.post(
        "/referrals/requests",
        "receive_referrals",
        "Receive a request about several people or for several programs",
        takes=ReceiveReferrals,
        gives=ReferralFoundPage,
        permission="intake.referral.receive",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/taking-up-again",
        "take_up_referral_again",
        "Take an ended referral up again",
        takes=TakeUpAgain,
        gives=ReferralFoundView,
        permission="intake.referral.take_up_again",
        located="/referrals/<referral_id>",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/withdrawal",
        "withdraw_referral",
        "Withdraw a referral",
        takes=WithdrawReferral,
        gives=ReferralView,
        permission="intake.referral.withdraw",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/transfer",
        "transfer_referral",
        "Let a referral go on for another program",
        takes=TransferReferral,
        gives=ReferralFoundView,
        permission="intake.referral.transfer",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/joining",
        "join_referral",
        "Let another referral of the same person and program go on for this one",
        takes=JoinReferral,
        gives=ReferralFoundView,
        permission="intake.referral.join",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/referrers",
        "record_referrer",
        "Record who asks for help for the person",
        takes=RecordReferrer,
        gives=ReferralView,
        permission="intake.referrer.record",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/referrers/<uuid:referrer_id>/telling",
        "tell_referrer",
        "Keep that a referrer was told what came of it",
        takes=TellReferrer,
        gives=ReferralView,
        permission="intake.referrer.tell",
    )


def _keeping(routes: Routes) -> None:
    """Who works on a referral, how pressing it is, and how it came to that."""
    routes.post(
        "/referrals/<uuid:referral_id>/taking",
        "take_referral",
        "Take a referral to work on it",
        takes=TakeReferral,
        gives=ReferralView,
        permission="intake.referral.take",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/assignments",
        "assign_referral",
        "Give a referral to a worker or hand it over to a team",
        takes=AssignReferral,
        gives=ReferralFoundView,
        permission="intake.referral.assign",
    )
    routes.post(
        "/referrals/<uuid:referral_id>/priority",
        "change_priority",
        "Say how pressing a referral is",
        takes=ChangePriority,
        gives=ReferralView,
        permission="intake.referral.prioritise",
    )
    routes.get(
        "/referrals/<uuid:referral_id>/history",
        "read_referral_history",
        "Read how a referral came about and who had it",
        takes=ReadReferral,
        gives=ReferralHistoryView,
        permission="intake.referral.read",
    )
