"""The doors of consent: one line each, no logic."""

from __future__ import annotations

from environs import Env

import consent.agreements.actions as agreements
import consent.agreements.queries as agreements_held
import consent.capacity.actions as capacity
import consent.capacity.answering as answering
import consent.capacity.queries as capacity_found
import consent.directives.actions as directives
import consent.directives.queries as decisions
import consent.directives.reviews as reviews
import consent.directives.unlinking as unlinking
import consent.emergency.actions as emergency
import consent.emergency.queries as emergencies
import consent.heartbeat.actions as heartbeat
import consent.people.actions as people
import consent.people.clusters as clusters
import consent.preview.queries as previews
import consent.prior.actions as prior
import consent.prior.queries as laid_down
import consent.representation.actions as representation
import consent.representation.queries as represented
import consent.restrictions.actions as restrictions
import consent.sign_ins.actions as sign_ins
import consent.sign_ins.queries as sign_ins_found
import consent.withdrawals.actions as withdrawals
import consent.withdrawals.queries as taken_back
from chassis.doors import command, event, every, health_door, query, told_by_provider, why_door
from chassis.schemas import ById
from consent.agreements.schemas import (
    AgreementPage,
    AgreementSearch,
    AgreementView,
    CoverageAsked,
    CoverageView,
    EndAgreement,
    SignAgreement,
)
from consent.capacity.schemas import AssessCapacity, CapacityPage, CapacitySearch, CapacityView
from consent.directives.schemas import (
    ConsentPage,
    ConsentSearch,
    ConsentView,
    DueConsentPage,
    DueSearch,
    RecordConsent,
    ReviewConsent,
    WithdrawConsent,
)
from consent.emergency.schemas import (
    BeginEmergencyAccess,
    EmergencyAccessPage,
    EmergencyAccessSearch,
    EmergencyAccessView,
    ReviewEmergencyAccess,
)
from consent.preview.schemas import PreviewAsked, PreviewView
from consent.prior.schemas import (
    BeginToApply,
    CeaseToApply,
    LayDown,
    PriorDecisionPage,
    PriorDecisionView,
    Revoke,
)
from consent.representation.schemas import (
    Appoint,
    EndAuthority,
    OfPerson,
    RepresentativePage,
    RepresentativeView,
)
from consent.restrictions.schemas import LiftRestriction, PlaceRestriction, RestrictionView
from consent.sign_ins.schemas import (
    EndSignIn,
    RemoveSignIn,
    RestoreSignIn,
    SignedOut,
    SignInSearch,
    SignInStepPage,
    SignInStepView,
)
from consent.withdrawals.schemas import (
    DeclareWithdrawal,
    WithdrawalPage,
    WithdrawalSearch,
    WithdrawalView,
)

HEARTBEAT_SECONDS = Env().float("ICM_HEARTBEAT_SECONDS", 2.0)


class ConsentService:
    """Decisions of people about who sees what, restrictions, sign-ins, heartbeat (CO-1 to CO-9)."""

    name = "consent"

    record_consent = command(
        directives.record, takes=RecordConsent, gives=ConsentView, permission="consent.consent.record"
    )
    read_consent = query(decisions.read, takes=ById, gives=ConsentView, permission="consent.consent.read")
    list_consents = query(
        decisions.search,
        takes=ConsentSearch,
        gives=ConsentPage,
        permission="consent.consent.list",
        action="search",
    )
    withdraw_consent = command(
        directives.withdraw, takes=WithdrawConsent, gives=ConsentView, permission="consent.consent.withdraw"
    )
    review_consent = command(
        reviews.review, takes=ReviewConsent, gives=ConsentView, permission="consent.consent.review"
    )
    list_due_consents = query(
        decisions.due,
        takes=DueSearch,
        gives=DueConsentPage,
        permission="consent.consent.list",
        action="search",
    )
    declare_withdrawal = command(
        withdrawals.declare,
        takes=DeclareWithdrawal,
        gives=WithdrawalView,
        permission="consent.consent.withdraw",
    )
    read_withdrawal = query(
        taken_back.read, takes=ById, gives=WithdrawalView, permission="consent.consent.read"
    )
    list_withdrawals = query(
        taken_back.search,
        takes=WithdrawalSearch,
        gives=WithdrawalPage,
        permission="consent.consent.list",
        action="search",
    )
    preview = query(
        previews.preview, takes=PreviewAsked, gives=PreviewView, permission="consent.consent.preview"
    )
    place_restriction = command(
        restrictions.place,
        takes=PlaceRestriction,
        gives=RestrictionView,
        permission="consent.restriction.place",
    )
    lift_restriction = command(
        restrictions.lift, takes=LiftRestriction, gives=RestrictionView, permission="consent.restriction.lift"
    )
    begin_emergency_access = command(
        emergency.begin,
        takes=BeginEmergencyAccess,
        gives=EmergencyAccessView,
        permission="consent.emergency.begin",
    )
    end_emergency_access = command(
        emergency.end, takes=ById, gives=EmergencyAccessView, permission="consent.emergency.end"
    )
    review_emergency_access = command(
        emergency.review,
        takes=ReviewEmergencyAccess,
        gives=EmergencyAccessView,
        permission="consent.emergency.review",
    )
    read_emergency_access = query(
        emergencies.read, takes=ById, gives=EmergencyAccessView, permission="consent.emergency.read"
    )
    list_emergency_accesses = query(
        emergencies.search,
        takes=EmergencyAccessSearch,
        gives=EmergencyAccessPage,
        permission="consent.emergency.list",
        action="search",
    )
    assess_capacity = command(
        capacity.assess, takes=AssessCapacity, gives=CapacityView, permission="consent.capacity.assess"
    )
    list_capacity_assessments = query(
        capacity_found.search,
        takes=CapacitySearch,
        gives=CapacityPage,
        permission="consent.capacity.list",
        action="search",
    )
    appoint_representative = command(
        representation.appoint,
        takes=Appoint,
        gives=RepresentativeView,
        permission="consent.representative.appoint",
    )
    end_authority = command(
        representation.end_authority,
        takes=EndAuthority,
        gives=RepresentativeView,
        permission="consent.representative.end",
    )
    list_representatives = query(
        represented.representatives,
        takes=OfPerson,
        gives=RepresentativePage,
        permission="consent.representative.list",
        action="search",
    )
    record_prior_decision = command(
        prior.lay_down,
        takes=LayDown,
        gives=PriorDecisionView,
        permission="consent.prior_decision.record",
    )
    revoke_prior_decision = command(
        prior.revoke,
        takes=Revoke,
        gives=PriorDecisionView,
        permission="consent.prior_decision.revoke",
    )
    begin_prior_decision = command(
        prior.begin_to_apply,
        takes=BeginToApply,
        gives=PriorDecisionView,
        permission="consent.prior_decision.apply",
    )
    end_prior_decision = command(
        prior.cease_to_apply,
        takes=CeaseToApply,
        gives=PriorDecisionView,
        permission="consent.prior_decision.apply",
    )
    list_prior_decisions = query(
        laid_down.search,
        takes=OfPerson,
        gives=PriorDecisionPage,
        permission="consent.prior_decision.list",
        action="search",
    )
    sign_agreement = command(
        agreements.sign, takes=SignAgreement, gives=AgreementView, permission="consent.agreement.sign"
    )
    end_agreement = command(
        agreements.end, takes=EndAgreement, gives=AgreementView, permission="consent.agreement.end"
    )
    read_agreement = query(
        agreements_held.read, takes=ById, gives=AgreementView, permission="consent.agreement.read"
    )
    list_agreements = query(
        agreements_held.search,
        takes=AgreementSearch,
        gives=AgreementPage,
        permission="consent.agreement.list",
        action="search",
    )
    agreement_coverage = query(
        agreements_held.coverage,
        takes=CoverageAsked,
        gives=CoverageView,
        permission="consent.agreement.list",
        action="search",
    )
    remove_sign_in = command(
        sign_ins.remove, takes=RemoveSignIn, gives=SignInStepView, permission="consent.sign_in.remove"
    )
    end_sign_in = command(
        sign_ins.end, takes=EndSignIn, gives=SignInStepView, permission="consent.sign_in.end"
    )
    restore_sign_in = command(
        sign_ins.restore, takes=RestoreSignIn, gives=SignInStepView, permission="consent.sign_in.restore"
    )
    list_sign_ins = query(
        sign_ins_found.search,
        takes=SignInSearch,
        gives=SignInStepPage,
        permission="consent.sign_in.list",
        action="search",
    )
    sign_out = told_by_provider(sign_ins.signed_out, takes=SignedOut, vouched="logout_token")
    why = why_door(
        {
            "consent": ConsentView,
            "withdrawal": WithdrawalView,
            "placed_restriction": RestrictionView,
            "emergency_access": EmergencyAccessView,
            "capacity_assessment": CapacityView,
            "representative": RepresentativeView,
            "prior_decision": PriorDecisionView,
        }
    )
    health = health_door()

    on_person_recorded = event("intake.person.recorded.v1", do=people.register.recorded)
    on_persons_listed = event("intake.person.listed.v1", do=people.register.listed)
    on_account_linked = event("intake.person.account_linked.v1", do=people.link_account)
    on_account_unlinked = event("intake.person.account_unlinked.v1", do=unlinking.unlink_account)
    on_people_linked = event("intake.person.linked.v1", do=clusters.follow)
    on_people_unlinked = event("intake.person.unlinked.v1", do=clusters.follow)
    on_consent_refused = event("consent.consent.refused.v1", do=directives.follow_refusal)
    on_withdrawal_declared = event("consent.withdrawal.declared.v1", do=withdrawals.follow)

    beat = every(seconds=HEARTBEAT_SECONDS, do=heartbeat.send)
    meet_capacity_clocks = every(seconds=30, do=answering.meet_answered)
    owe_confirmation = every(seconds=30, do=reviews.owe_confirmation)
    end_emergencies = every(seconds=5, do=emergency.end_due)
    check_clocks = every(seconds=5, do=directives.keep_clocks)
