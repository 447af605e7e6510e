"""Intake as a service: the doors of its subjects, the events that it follows, what it does by itself. No logic here."""

from __future__ import annotations

from chassis import clocks, consented, sign_ins
from chassis.doors import event, every, health_door, reveal_door, why_door
from intake.accreditation import actions as accreditation
from intake.capacity import following as capacity_following
from intake.directory import following
from intake.directory.doors import DirectoryDoors
from intake.directory.forgetting import forget_long_ended
from intake.directory.listing import keep_listings
from intake.disputes import actions as disputes
from intake.linking.doors import LinkingDoors
from intake.matching.seeking import count_common_words, seek_duplicates
from intake.mediation import actions as mediation
from intake.people.doors import PeopleDoors
from intake.people.roll_call import actions as roll_calls
from intake.people.vouching import open_to_teams
from intake.prelude import actions as prelude
from intake.programs.catalogue import keep_what_is_shipped
from intake.referrals import discharges, pressing
from intake.referrals.doors import ReferralDoors
from intake.screening.doors import ScreeningDoors
from intake.services_directory import actions as services_directory
from intake.services_directory.doors import ServiceDoors
from intake.uploads import deciding
from intake.uploads.doors import UploadDoors
from intake.uploads.progress import tidy_uploads, work_on_uploads
from intake.views import VIEWS
from intake.waitlist import offers
from intake.waitlist.doors import WaitListDoors


class IntakeService(
    PeopleDoors,
    LinkingDoors,
    ReferralDoors,
    ScreeningDoors,
    DirectoryDoors,
    UploadDoors,
    WaitListDoors,
    ServiceDoors,
):
    """Intake, the front door."""

    name = "intake"

    why = why_door(VIEWS)
    preview = reveal_door(VIEWS)
    health = health_door()

    on_case_opened = event("cases.case.opened.v1", do=following.case_opened)
    on_member_added = event("cases.member.added.v1", do=following.member_added)
    on_team_member_joined = event("cases.team_member.joined.v1", do=following.team_member_joined)
    on_team_member_left = event("cases.team_member.left.v1", do=following.team_member_left)
    on_lead_changed = event("cases.case.lead_changed.v1", do=following.lead_changed)
    on_case_closed = event("cases.case.closed.v1", do=following.case_closed)
    on_client_discharged = event("cases.case.closed.v1", do=discharges.case_closed)
    on_assessment_recorded = event("cases.assessment.recorded.v1", do=following.assessment_recorded)
    on_assessment_to_attach = event("cases.assessment.recorded.v1", do=prelude.assessment_recorded)

    on_roll_call_wanted = event("cases.roll_call.wanted.v1", do=roll_calls.wanted)
    on_caseload_changed = event("cases.caseload.changed.v1", do=capacity_following.caseload_changed)
    on_case_opened_for_a_place = event("cases.case.opened.v1", do=capacity_following.case_opened)
    on_case_closed_of_a_place = event("cases.case.closed.v1", do=capacity_following.case_closed)

    on_consent_given = event("consent.consent.given.v1", do=following.consent_given)
    on_consent_refused = event("consent.consent.refused.v1", do=following.consent_refused)
    on_consent_withdrawn = event("consent.consent.withdrawn.v1", do=following.consent_ended)
    on_consent_expired = event("consent.consent.expired.v1", do=following.consent_ended)
    on_withdrawal_declared = event("consent.withdrawal.declared.v1", do=following.withdrawal_declared)
    on_restriction_placed = event("consent.restriction.placed.v1", do=consented.restriction_placed)
    on_restriction_lifted = event("consent.restriction.lifted.v1", do=consented.restriction_lifted)
    on_emergency_opened = event("consent.emergency.opened.v1", do=consented.emergency_opened)
    on_emergency_ended = event("consent.emergency.ended.v1", do=consented.emergency_ended)
    on_sign_in_removed = event("consent.sign_in.removed.v1", do=sign_ins.removed)
    on_sign_in_ended = event("consent.sign_in.ended.v1", do=sign_ins.ended)
    on_sign_in_restored = event("consent.sign_in.restored.v1", do=sign_ins.restored)
    on_heartbeat = event("consent.heartbeat.sent.v1", do=consented.heartbeat)

    breach_clocks = every(seconds=30, do=clocks.breach_overdue)
    weigh_joined_referrals = every(seconds=5, do=pressing.weigh_joined)
    forecast_clocks = every(seconds=60, do=clocks.forecast_upcoming)
    open_what_was_withheld = every(seconds=60, do=open_to_teams)
    end_expired_accreditations = every(seconds=60, do=accreditation.end_expired)
    work_on_uploads = every(seconds=0.25, do=work_on_uploads)
    tidy_uploads = every(seconds=600, do=tidy_uploads)
    call_the_roll = every(seconds=5, do=roll_calls.call_the_roll)
    keep_listings = every(seconds=60, do=keep_listings)
    keep_shipped_criteria = every(seconds=60, do=keep_what_is_shipped)
    forget_long_ended = every(seconds=60, do=forget_long_ended)
    find_whom_it_concerns = every(seconds=2, do=mediation.find_whom_it_concerns)
    forget_closed_mediations = every(seconds=3600, do=mediation.forget_closed)
    forget_answered_disputes = every(seconds=3600, do=disputes.forget_answered)
    settle_disputes = every(seconds=2, do=disputes.settle)
    settle_held_rows = every(seconds=1, do=deciding.settle_decided)
    seek_duplicates = every(seconds=5, do=seek_duplicates)
    count_common_words = every(seconds=3600, do=count_common_words)
    keep_wait_lists = every(seconds=30, do=offers.keep_wait_lists)
    flag_stale_services = every(seconds=600, do=services_directory.flag_stale)
