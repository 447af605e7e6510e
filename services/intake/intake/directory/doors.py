"""The doors of this subject: one line each, no logic. `intake/service.py` puts them together."""

from __future__ import annotations

from chassis.doors import command, query
from intake.accreditation import actions as accreditation
from intake.accreditation import queries as accreditation_queries
from intake.accreditation.schemas import (
    AccreditationPage,
    AccreditationView,
    AccreditSystem,
    ListAccreditations,
    RevokeAccreditation,
)
from intake.directory import actions as directory
from intake.directory import queries as directory_queries
from intake.directory.schemas import (
    AgencyView,
    DirectoryEntryPage,
    DirectoryEntryView,
    EndInvolvement,
    InvolvementView,
    PractitionerView,
    ReadDirectory,
    RecordAgency,
    RecordInvolvement,
    RecordPractitioner,
    SearchDirectory,
)
from intake.disputes import actions as disputes
from intake.disputes import queries as dispute_queries
from intake.disputes.schemas import (
    AnswerDispute,
    DisputePage,
    DisputeView,
    ListRaisedDisputes,
    ListWaitingDisputes,
    RaiseDispute,
)
from intake.mediation import actions as mediation
from intake.mediation import queries as mediation_queries
from intake.mediation.schemas import (
    AskForMediation,
    CloseMediation,
    ListMediations,
    ListOwnMediationRequests,
    MediationPage,
    MediationRequestPage,
    MediationRequestView,
    MediationView,
    ReadMediation,
    RecordMediationAnswer,
)


class DirectoryDoors:
    """Who is involved with whom, who may tell, and what is asked or disputed (IN-9)."""

    name = "intake"

    search_directory = query(
        directory_queries.search,
        takes=SearchDirectory,
        gives=DirectoryEntryPage,
        permission="intake.directory.search",
        action="search",
    )
    read_directory = query(
        directory_queries.read,
        takes=ReadDirectory,
        gives=DirectoryEntryView,
        permission="intake.directory.read",
    )
    record_involvement = command(
        directory.record_involvement,
        takes=RecordInvolvement,
        gives=InvolvementView,
        permission="intake.involvement.record",
    )
    end_involvement = command(
        directory.end_involvement,
        takes=EndInvolvement,
        gives=InvolvementView,
        permission="intake.involvement.end",
    )
    record_agency = command(
        directory.record_agency, takes=RecordAgency, gives=AgencyView, permission="intake.agency.record"
    )
    record_practitioner = command(
        directory.record_practitioner,
        takes=RecordPractitioner,
        gives=PractitionerView,
        permission="intake.practitioner.record",
    )
    accredit_system = command(
        accreditation.accredit,
        takes=AccreditSystem,
        gives=AccreditationView,
        permission="intake.accreditation.give",
    )
    revoke_accreditation = command(
        accreditation.revoke,
        takes=RevokeAccreditation,
        gives=AccreditationView,
        permission="intake.accreditation.revoke",
    )
    list_accreditations = query(
        accreditation_queries.search,
        takes=ListAccreditations,
        gives=AccreditationPage,
        permission="intake.accreditation.list",
        action="search",
    )
    ask_for_mediation = command(
        mediation.ask,
        takes=AskForMediation,
        gives=MediationRequestView,
        permission="intake.mediation.ask",
    )
    list_own_mediation_requests = query(
        mediation_queries.own,
        takes=ListOwnMediationRequests,
        gives=MediationRequestPage,
        permission="intake.mediation.ask",
        action="search",
    )
    list_mediations = query(
        mediation_queries.queue,
        takes=ListMediations,
        gives=MediationPage,
        permission="intake.mediation.list",
        action="search",
    )
    read_mediation = query(
        mediation_queries.read, takes=ReadMediation, gives=MediationView, permission="intake.mediation.read"
    )
    record_mediation_answer = command(
        mediation.record_answer,
        takes=RecordMediationAnswer,
        gives=MediationView,
        permission="intake.mediation.answer",
    )
    close_mediation = command(
        mediation.close, takes=CloseMediation, gives=MediationView, permission="intake.mediation.close"
    )
    raise_dispute = command(
        disputes.raise_dispute,
        takes=RaiseDispute,
        gives=DisputeView,
        permission="intake.dispute.raise",
    )
    list_raised_disputes = query(
        dispute_queries.raised,
        takes=ListRaisedDisputes,
        gives=DisputePage,
        permission="intake.dispute.raise",
        action="search",
    )
    list_waiting_disputes = query(
        dispute_queries.waiting,
        takes=ListWaitingDisputes,
        gives=DisputePage,
        permission="intake.dispute.list",
        action="search",
    )
    answer_dispute = command(
        disputes.answer, takes=AnswerDispute, gives=DisputeView, permission="intake.dispute.answer"
    )
