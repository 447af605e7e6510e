"""The doors of this subject: one line each, no logic. `intake/service.py` puts them together."""

from __future__ import annotations

from chassis.doors import command, query
from intake.follow_up import actions as follow_up
from intake.follow_up import schemas as follow_up_shapes
from intake.outreach import actions as outreach
from intake.outreach import queries as outreach_queries
from intake.outreach import schemas as outreach_shapes
from intake.referrals import actions as referrals
from intake.referrals import keeping, receiving, referrers
from intake.referrals import queries as referral_queries
from intake.referrals import schemas as referral_shapes
from intake.worklist import queries as worklist
from intake.worklist.schemas import ReadWorklist, WorklistPage


class ReferralDoors:
    """Referrals, the steps before and after them, and the worklist (IN-1, IN-2, IN-3, IN-5)."""

    name = "intake"

    receive_referral = command(
        receiving.receive,
        takes=referral_shapes.ReceiveReferral,
        gives=referral_shapes.ReferralFoundView,
        permission="intake.referral.receive",
    )
    receive_referrals = command(
        receiving.receive_together,
        takes=referral_shapes.ReceiveReferrals,
        gives=referral_shapes.ReferralFoundPage,
        permission="intake.referral.receive",
    )
    take_up_referral_again = command(
        receiving.take_up_again,
        takes=referral_shapes.TakeUpAgain,
        gives=referral_shapes.ReferralFoundView,
        permission="intake.referral.take_up_again",
    )
    withdraw_referral = command(
        referrals.withdraw,
        takes=referral_shapes.WithdrawReferral,
        gives=referral_shapes.ReferralView,
        permission="intake.referral.withdraw",
    )
    transfer_referral = command(
        referrals.transfer,
        takes=referral_shapes.TransferReferral,
        gives=referral_shapes.ReferralFoundView,
        permission="intake.referral.transfer",
    )
    join_referral = command(
        referrals.join,
        takes=referral_shapes.JoinReferral,
        gives=referral_shapes.ReferralFoundView,
        permission="intake.referral.join",
    )
    change_priority = command(
        referrals.change_priority,
        takes=referral_shapes.ChangePriority,
        gives=referral_shapes.ReferralView,
        permission="intake.referral.prioritise",
    )
    take_referral = command(
        keeping.take,
        takes=referral_shapes.TakeReferral,
        gives=referral_shapes.ReferralView,
        permission="intake.referral.take",
    )
    assign_referral = command(
        keeping.assign,
        takes=referral_shapes.AssignReferral,
        gives=referral_shapes.ReferralFoundView,
        permission="intake.referral.assign",
    )
    record_referrer = command(
        referrers.record_referrer,
        takes=referral_shapes.RecordReferrer,
        gives=referral_shapes.ReferralView,
        permission="intake.referrer.record",
    )
    tell_referrer = command(
        referrers.tell_referrer,
        takes=referral_shapes.TellReferrer,
        gives=referral_shapes.ReferralView,
        permission="intake.referrer.tell",
    )
    read_referral = query(
        referral_queries.read,
        takes=referral_shapes.ReadReferral,
        gives=referral_shapes.ReferralView,
        permission="intake.referral.read",
    )
    list_referrals = query(
        referral_queries.search,
        takes=referral_shapes.ListReferrals,
        gives=referral_shapes.ReferralFoundPage,
        permission="intake.referral.list",
        action="search",
    )
    record_contact_attempt = command(
        referrals.record_contact_attempt,
        takes=referral_shapes.RecordContactAttempt,
        gives=referral_shapes.ReferralView,
        permission="intake.referral.contact",
    )
    record_service_contact = command(
        referrals.record_service_contact,
        takes=referral_shapes.RecordServiceContact,
        gives=referral_shapes.ReferralView,
        permission="intake.referral.serve",
    )
    pause_clock = command(
        referrals.pause_clock,
        takes=referral_shapes.PauseClock,
        gives=referral_shapes.ReferralView,
        permission="intake.clock.pause",
    )
    resume_clock = command(
        referrals.resume_clock,
        takes=referral_shapes.ResumeClock,
        gives=referral_shapes.ReferralView,
        permission="intake.clock.resume",
    )
    document_breach = command(
        referrals.document_breach,
        takes=referral_shapes.DocumentBreach,
        gives=referral_shapes.ReferralView,
        permission="intake.clock.document",
    )
    read_referral_history = query(
        referral_queries.read,
        takes=referral_shapes.ReadReferral,
        gives=follow_up_shapes.ReferralHistoryView,
        permission="intake.referral.read",
    )
    explain_decision = command(
        follow_up.explain,
        takes=follow_up_shapes.ExplainDecision,
        gives=follow_up_shapes.FollowUpView,
        permission="intake.follow_up.explain",
    )
    link_to_service = command(
        follow_up.link,
        takes=follow_up_shapes.LinkToService,
        gives=follow_up_shapes.FollowUpView,
        permission="intake.follow_up.link",
    )
    check_link = command(
        follow_up.check_link,
        takes=follow_up_shapes.CheckLink,
        gives=follow_up_shapes.FollowUpView,
        permission="intake.follow_up.check",
    )
    settle_link = command(
        follow_up.settle_link,
        takes=follow_up_shapes.SettleLink,
        gives=follow_up_shapes.FollowUpView,
        permission="intake.follow_up.settle",
    )
    end_follow_up = command(
        follow_up.end_follow_up,
        takes=follow_up_shapes.EndFollowUp,
        gives=follow_up_shapes.FollowUpView,
        permission="intake.follow_up.end",
    )
    read_follow_up = query(
        referral_queries.read,
        takes=referral_shapes.ReadReferral,
        gives=follow_up_shapes.FollowUpView,
        permission="intake.referral.read",
    )
    record_outreach = command(
        outreach.record,
        takes=outreach_shapes.RecordOutreach,
        gives=outreach_shapes.OutreachContactPage,
        permission="intake.outreach.record",
    )
    list_outreach = query(
        outreach_queries.search,
        takes=outreach_shapes.ListOutreach,
        gives=outreach_shapes.OutreachContactPage,
        permission="intake.outreach.list",
        action="search",
    )
    know_outreach_contact = command(
        outreach.know,
        takes=outreach_shapes.KnowContact,
        gives=outreach_shapes.OutreachContactView,
        permission="intake.outreach.know",
    )
    refer_from_outreach = command(
        outreach.refer,
        takes=outreach_shapes.ReferFromOutreach,
        gives=referral_shapes.ReferralFoundView,
        permission="intake.outreach.refer",
    )
    read_worklist = query(
        worklist.read,
        takes=ReadWorklist,
        gives=WorklistPage,
        permission="intake.worklist.read",
        action="search",
    )
