"""The doors of intake: what callers may ask, which events it follows, what it does by itself. No logic here."""

from __future__ import annotations

from chassis import clocks, consented
from chassis.doors import command, event, every, health_door, query, why_door
from intake.accreditation import actions as accreditation
from intake.accreditation import queries as accreditation_queries
from intake.accreditation.schemas import (
    AccreditationPage,
    AccreditationView,
    AccreditSystem,
    ListAccreditations,
    RevokeAccreditation,
)
from intake.capacity import actions as capacity
from intake.capacity import following as capacity_following
from intake.capacity import queries as capacity_queries
from intake.capacity.schemas import (
    CapacityPage,
    CapacityView,
    EndProgramWorker,
    ListCapacities,
    OverloadPlanView,
    ProgramWorkerView,
    ReadCapacity,
    RecordOverloadPlan,
    RecordProgramWorker,
    SetCapacity,
)
from intake.competences import actions as competences
from intake.competences import queries as competence_queries
from intake.competences.schemas import (
    CompetencePage,
    CompetenceView,
    EndCompetence,
    ListCompetences,
    RecordCompetence,
)
from intake.directory import actions as directory
from intake.directory import following
from intake.directory import queries as directory_queries
from intake.directory.forgetting import forget_long_ended
from intake.directory.listing import keep_listings
from intake.directory.model import Listing
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
from intake.follow_up import actions as follow_up
from intake.follow_up import schemas as follow_up_shapes
from intake.linking import actions as linking
from intake.linking import comparing
from intake.linking import queries as linking_queries
from intake.linking.schemas import (
    ComparePeople,
    ComparisonView,
    JudgementView,
    LinkPeople,
    LinksView,
    ReadLinks,
    TakeBack,
    TellApart,
    Unlink,
)
from intake.matching import queries as matching_queries
from intake.matching.schemas import CandidatePage, DuplicatePage, FindCandidates, ListDuplicates
from intake.matching.seeking import count_common_words, seek_duplicates
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
from intake.outreach import actions as outreach
from intake.outreach import queries as outreach_queries
from intake.outreach import schemas as outreach_shapes
from intake.outreach.model import OutreachContact
from intake.people import actions as people
from intake.people import naming
from intake.people import queries as people_queries
from intake.people.access import grant_to_team_members_vouched_for
from intake.people.addresses import actions as addresses
from intake.people.addresses.schemas import AddAddress, AmendAddress, EndAddress
from intake.people.contact import actions as contact
from intake.people.contact.schemas import AddContactPoint, AmendContactPoint, EndContactPoint
from intake.people.history import queries as history
from intake.people.history.schemas import HistoryView, ReadHistory
from intake.people.identifiers import actions as identifiers
from intake.people.identifiers import queries as identifier_queries
from intake.people.identifiers.schemas import (
    AddIdentifier,
    EndIdentifier,
    IdentifiersView,
    ReadIdentifiers,
)
from intake.people.model import Person
from intake.people.relationships import actions as relationships
from intake.people.relationships.schemas import AddRelationship, AmendRelationship, EndRelationship
from intake.people.schemas import (
    AccountView,
    AddName,
    AmendPerson,
    LeaveName,
    LinkAccount,
    PersonFoundPage,
    PersonView,
    PutNameRight,
    ReadPerson,
    RecordPerson,
    SearchPeople,
)
from intake.prelude import actions as prelude
from intake.prelude import attachments
from intake.prelude import queries as prelude_queries
from intake.prelude.model import Checklist
from intake.prelude.schemas import (
    AmendChecklist,
    AttachAssessment,
    ChecklistFormAsked,
    ChecklistFormView,
    ChecklistPage,
    ChecklistView,
    ConcludeChecklist,
    ListChecklists,
    ReadChecklist,
    RecordChecklist,
    SupportAsked,
    SupportView,
)
from intake.programs import actions as programs
from intake.programs import queries as program_queries
from intake.programs.catalogue import keep_what_is_shipped
from intake.programs.schemas import (
    CriteriaChecked,
    CriteriaFile,
    ListPrograms,
    ProgramList,
    ProgramView,
    PublishCriteria,
    ReadProgram,
)
from intake.referrals import actions as referrals
from intake.referrals import discharges, keeping, pressing, receiving, referrers
from intake.referrals import queries as referral_queries
from intake.referrals import schemas as referral_shapes
from intake.referrals.model import Referral
from intake.screening import actions as screening
from intake.screening import drafts as screening_drafts
from intake.screening import queries as screening_queries
from intake.screening.schemas import (
    DecideScreening,
    ListScreenings,
    RecordRightsInformation,
    SaveScreeningDraft,
    ScreeningDraftAsked,
    ScreeningDraftView,
    ScreeningPage,
    ScreeningView,
)
from intake.services_directory import actions as services_directory
from intake.services_directory import importing as service_imports
from intake.services_directory import queries as services_queries
from intake.services_directory.schemas import (
    BeginServiceImport,
    ExportedView,
    ExportServices,
    FinishServiceImport,
    ListServiceCorrections,
    ListServiceImports,
    PartTakenView,
    ProposeServiceCorrection,
    ReadService,
    SearchServices,
    ServiceCorrectionPage,
    ServiceCorrectionView,
    ServiceImportPage,
    ServiceImportView,
    ServicePage,
    ServiceView,
    ServiceWholeView,
    SetServiceAvailability,
    SettleServiceCorrection,
    TakeServices,
    VerifyService,
)
from intake.uploads import actions as uploads
from intake.uploads import deciding
from intake.uploads import queries as upload_queries
from intake.uploads.progress import tidy_uploads, work_on_uploads
from intake.uploads.schemas import (
    CancelUpload,
    CompleteUpload,
    DecideHeldRow,
    DeclareUpload,
    ExportUploadRows,
    HeldRowPage,
    HeldRowQuestionView,
    HeldRowView,
    ListHeldRows,
    ListUploadRows,
    ListUploads,
    PartView,
    PutUploadPart,
    ReadHeldRow,
    ReadUpload,
    UploadFoundPage,
    UploadRowLines,
    UploadRowPage,
    UploadView,
)
from intake.waitlist import actions as waitlist
from intake.waitlist import offers
from intake.waitlist import queries as waitlist_queries
from intake.waitlist.model import WaitListEntry
from intake.waitlist.schemas import (
    AcceptOffer,
    ChangeWaitingPriority,
    DeclineOffer,
    EndPlace,
    LeaveWaitList,
    OfferPlace,
    OfferView,
    ReadWaiting,
    ReadWaitList,
    ReadWaitListEntry,
    RecordInterimSupport,
    RecordWaitingContact,
    WaitingView,
    WaitListEntryPage,
)
from intake.worklist import queries as worklist
from intake.worklist.schemas import ReadWorklist, WorklistPage


class IntakeService:
    """Intake, the front door."""

    name = "intake"

    record_person = command(
        people.record, takes=RecordPerson, gives=PersonView, permission="intake.person.record"
    )
    read_person = query(
        people_queries.read, takes=ReadPerson, gives=PersonView, permission="intake.person.read"
    )
    search_people = query(
        people_queries.search,
        takes=SearchPeople,
        gives=PersonFoundPage,
        permission="intake.person.search",
        action="search",
    )
    amend_person = command(
        people.amend, takes=AmendPerson, gives=PersonView, permission="intake.person.amend", versioned=True
    )
    add_name = command(naming.take, takes=AddName, gives=PersonView, permission="intake.person.amend")
    put_name_right = command(
        naming.put_name_right,
        takes=PutNameRight,
        gives=PersonView,
        permission="intake.person.amend",
        versioned=True,
    )
    leave_name = command(naming.leave, takes=LeaveName, gives=PersonView, permission="intake.person.amend")
    add_contact_point = command(
        contact.add, takes=AddContactPoint, gives=PersonView, permission="intake.person.amend"
    )
    amend_contact_point = command(
        contact.amend,
        takes=AmendContactPoint,
        gives=PersonView,
        permission="intake.person.amend",
        versioned=True,
    )
    end_contact_point = command(
        contact.end, takes=EndContactPoint, gives=PersonView, permission="intake.person.amend"
    )
    add_address = command(addresses.add, takes=AddAddress, gives=PersonView, permission="intake.person.amend")
    amend_address = command(
        addresses.amend,
        takes=AmendAddress,
        gives=PersonView,
        permission="intake.person.amend",
        versioned=True,
    )
    end_address = command(addresses.end, takes=EndAddress, gives=PersonView, permission="intake.person.amend")
    add_identifier = command(
        identifiers.add, takes=AddIdentifier, gives=PersonView, permission="intake.person.amend"
    )
    end_identifier = command(
        identifiers.end, takes=EndIdentifier, gives=PersonView, permission="intake.person.amend"
    )
    read_identifiers = query(
        identifier_queries.read,
        takes=ReadIdentifiers,
        gives=IdentifiersView,
        permission="intake.identifier.read",
    )
    add_relationship = command(
        relationships.add, takes=AddRelationship, gives=PersonView, permission="intake.person.amend"
    )
    amend_relationship = command(
        relationships.amend,
        takes=AmendRelationship,
        gives=PersonView,
        permission="intake.person.amend",
        versioned=True,
    )
    end_relationship = command(
        relationships.end, takes=EndRelationship, gives=PersonView, permission="intake.person.amend"
    )
    read_history = query(
        history.read, takes=ReadHistory, gives=HistoryView, permission="intake.person.history"
    )
    link_account = command(
        people.link_account, takes=LinkAccount, gives=AccountView, permission="intake.person.link_account"
    )

    link_people = command(linking.link, takes=LinkPeople, gives=JudgementView, permission="intake.link.make")
    unlink_people = command(
        linking.unlink, takes=Unlink, gives=JudgementView, permission="intake.link.take_back"
    )
    tell_people_apart = command(
        linking.tell_apart, takes=TellApart, gives=JudgementView, permission="intake.distinction.make"
    )
    take_back_distinction = command(
        linking.take_back, takes=TakeBack, gives=JudgementView, permission="intake.distinction.take_back"
    )
    compare_people = query(
        comparing.compare, takes=ComparePeople, gives=ComparisonView, permission="intake.person.compare"
    )
    find_candidates = query(
        matching_queries.candidates,
        takes=FindCandidates,
        gives=CandidatePage,
        permission="intake.candidate.find",
        action="search",
    )
    list_duplicates = query(
        matching_queries.duplicates,
        takes=ListDuplicates,
        gives=DuplicatePage,
        permission="intake.duplicate.list",
        action="search",
    )
    read_links = query(linking_queries.read, takes=ReadLinks, gives=LinksView, permission="intake.link.read")

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

    decide_screening = command(
        screening.decide, takes=DecideScreening, gives=ScreeningView, permission="intake.screening.decide"
    )
    record_rights_information = command(
        screening.record_rights_information,
        takes=RecordRightsInformation,
        gives=ScreeningView,
        permission="intake.screening.inform",
    )
    list_screenings = query(
        screening_queries.search,
        takes=ListScreenings,
        gives=ScreeningPage,
        permission="intake.screening.list",
        action="search",
    )
    begin_screening = command(
        screening_drafts.begin,
        takes=ScreeningDraftAsked,
        gives=ScreeningDraftView,
        permission="intake.screening.draft",
    )
    save_screening_draft = command(
        screening_drafts.save,
        takes=SaveScreeningDraft,
        gives=ScreeningDraftView,
        permission="intake.screening.draft",
        versioned=True,
    )
    read_screening_draft = query(
        screening_drafts.read,
        takes=ScreeningDraftAsked,
        gives=ScreeningDraftView,
        permission="intake.screening.read_draft",
    )

    list_programs = query(
        program_queries.search,
        takes=ListPrograms,
        gives=ProgramList,
        permission="intake.program.list",
        action="search",
    )
    read_program = query(
        program_queries.read, takes=ReadProgram, gives=ProgramView, permission="intake.program.read"
    )
    check_criteria = query(
        program_queries.check, takes=CriteriaFile, gives=CriteriaChecked, permission="intake.criteria.check"
    )
    publish_criteria = command(
        programs.publish, takes=PublishCriteria, gives=ProgramView, permission="intake.criteria.publish"
    )
    record_competence = command(
        competences.record,
        takes=RecordCompetence,
        gives=CompetenceView,
        permission="intake.competence.record",
    )
    end_competence = command(
        competences.end, takes=EndCompetence, gives=CompetenceView, permission="intake.competence.end"
    )
    list_competences = query(
        competence_queries.search,
        takes=ListCompetences,
        gives=CompetencePage,
        permission="intake.competence.list",
        action="search",
    )

    read_checklist_form = query(
        prelude_queries.read_form,
        takes=ChecklistFormAsked,
        gives=ChecklistFormView,
        permission="intake.checklist.read_form",
    )
    record_checklist = command(
        prelude.record, takes=RecordChecklist, gives=ChecklistView, permission="intake.checklist.record"
    )
    read_checklist = query(
        prelude_queries.read, takes=ReadChecklist, gives=ChecklistView, permission="intake.checklist.read"
    )
    list_checklists = query(
        prelude_queries.search,
        takes=ListChecklists,
        gives=ChecklistPage,
        permission="intake.checklist.list",
        action="search",
    )
    amend_checklist = command(
        prelude.amend,
        takes=AmendChecklist,
        gives=ChecklistView,
        permission="intake.checklist.amend",
        versioned=True,
    )
    conclude_checklist = command(
        prelude.conclude,
        takes=ConcludeChecklist,
        gives=ChecklistView,
        permission="intake.checklist.conclude",
    )
    attach_assessment = command(
        attachments.attach,
        takes=AttachAssessment,
        gives=SupportView,
        permission="intake.assessment.attach",
    )
    detach_assessment = command(
        attachments.detach,
        takes=AttachAssessment,
        gives=SupportView,
        permission="intake.assessment.detach",
    )
    list_assessments = query(
        attachments.read, takes=SupportAsked, gives=SupportView, permission="intake.assessment.list"
    )

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

    declare_upload = command(
        uploads.declare, takes=DeclareUpload, gives=UploadView, permission="intake.upload.declare"
    )
    put_upload_part = command(
        uploads.put_part, takes=PutUploadPart, gives=PartView, permission="intake.upload.send"
    )
    complete_upload = command(
        uploads.complete, takes=CompleteUpload, gives=UploadView, permission="intake.upload.complete"
    )
    cancel_upload = command(
        uploads.cancel, takes=CancelUpload, gives=UploadView, permission="intake.upload.cancel"
    )
    read_upload = query(
        upload_queries.read, takes=ReadUpload, gives=UploadView, permission="intake.upload.read"
    )
    list_uploads = query(
        upload_queries.search,
        takes=ListUploads,
        gives=UploadFoundPage,
        permission="intake.upload.list",
        action="search",
    )
    list_upload_rows = query(
        upload_queries.rows, takes=ListUploadRows, gives=UploadRowPage, permission="intake.upload.read"
    )
    export_upload_rows = query(
        upload_queries.export,
        takes=ExportUploadRows,
        gives=UploadRowLines,
        permission="intake.upload.read",
        action="export",
    )

    set_capacity = command(
        capacity.set_capacity, takes=SetCapacity, gives=CapacityView, permission="intake.capacity.set"
    )
    read_capacity = query(
        capacity_queries.read, takes=ReadCapacity, gives=CapacityView, permission="intake.capacity.read"
    )
    list_capacities = query(
        capacity_queries.search,
        takes=ListCapacities,
        gives=CapacityPage,
        permission="intake.capacity.list",
        action="search",
    )
    record_program_worker = command(
        capacity.record_worker,
        takes=RecordProgramWorker,
        gives=ProgramWorkerView,
        permission="intake.program_worker.record",
    )
    end_program_worker = command(
        capacity.end_worker,
        takes=EndProgramWorker,
        gives=ProgramWorkerView,
        permission="intake.program_worker.end",
    )
    record_overload_plan = command(
        capacity.record_overload_plan,
        takes=RecordOverloadPlan,
        gives=OverloadPlanView,
        permission="intake.overload_plan.record",
    )

    read_wait_list = query(
        waitlist_queries.read_line,
        takes=ReadWaitList,
        gives=WaitListEntryPage,
        permission="intake.wait_list.read",
        action="search",
    )
    read_wait_list_entry = query(
        waitlist_queries.read_entry,
        takes=ReadWaitListEntry,
        gives=WaitingView,
        permission="intake.wait_list.read",
    )
    read_waiting = query(
        waitlist_queries.of_referral, takes=ReadWaiting, gives=WaitingView, permission="intake.wait_list.read"
    )
    change_waiting_priority = command(
        waitlist.change_priority,
        takes=ChangeWaitingPriority,
        gives=WaitingView,
        permission="intake.wait_list.prioritise",
    )
    record_waiting_contact = command(
        waitlist.record_contact,
        takes=RecordWaitingContact,
        gives=WaitingView,
        permission="intake.wait_list.contact",
    )
    record_interim_support = command(
        waitlist.record_support,
        takes=RecordInterimSupport,
        gives=WaitingView,
        permission="intake.wait_list.contact",
    )
    leave_wait_list = command(
        waitlist.leave, takes=LeaveWaitList, gives=WaitingView, permission="intake.wait_list.leave"
    )
    offer_place = command(
        offers.offer_place, takes=OfferPlace, gives=OfferView, permission="intake.offer.make"
    )
    accept_offer = command(
        offers.accept, takes=AcceptOffer, gives=WaitingView, permission="intake.offer.answer"
    )
    decline_offer = command(
        offers.decline, takes=DeclineOffer, gives=WaitingView, permission="intake.offer.answer"
    )
    end_place = command(waitlist.end_place, takes=EndPlace, gives=WaitingView, permission="intake.place.end")

    list_held_rows = query(
        deciding.waiting,
        takes=ListHeldRows,
        gives=HeldRowPage,
        permission="intake.held_row.list",
        action="search",
    )
    read_held_row = query(
        deciding.read, takes=ReadHeldRow, gives=HeldRowQuestionView, permission="intake.held_row.read"
    )
    decide_held_row = command(
        deciding.decide, takes=DecideHeldRow, gives=HeldRowView, permission="intake.held_row.decide"
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

    search_services = query(
        services_queries.search,
        takes=SearchServices,
        gives=ServicePage,
        permission="intake.service.search",
        action="search",
    )
    read_service = query(
        services_queries.read,
        takes=ReadService,
        gives=ServiceWholeView,
        permission="intake.service.read",
    )
    export_services = query(
        services_queries.export,
        takes=ExportServices,
        gives=ExportedView,
        permission="intake.service.export",
        action="export",
    )
    begin_service_import = command(
        service_imports.begin,
        takes=BeginServiceImport,
        gives=ServiceImportView,
        permission="intake.service.import",
    )
    take_services = command(
        service_imports.take_part,
        takes=TakeServices,
        gives=PartTakenView,
        permission="intake.service.import",
    )
    finish_service_import = command(
        service_imports.finish,
        takes=FinishServiceImport,
        gives=ServiceImportView,
        permission="intake.service.import",
    )
    list_service_imports = query(
        service_imports.search,
        takes=ListServiceImports,
        gives=ServiceImportPage,
        permission="intake.service.import",
    )
    verify_service = command(
        services_directory.verify,
        takes=VerifyService,
        gives=ServiceView,
        permission="intake.service.verify",
    )
    set_service_availability = command(
        services_directory.set_availability,
        takes=SetServiceAvailability,
        gives=ServiceView,
        permission="intake.service.set_availability",
    )
    propose_service_correction = command(
        services_directory.propose_correction,
        takes=ProposeServiceCorrection,
        gives=ServiceCorrectionView,
        permission="intake.service.propose_correction",
    )
    list_service_corrections = query(
        services_queries.corrections,
        takes=ListServiceCorrections,
        gives=ServiceCorrectionPage,
        permission="intake.service.list_corrections",
    )
    settle_service_correction = command(
        services_directory.settle_correction,
        takes=SettleServiceCorrection,
        gives=ServiceCorrectionView,
        permission="intake.service.settle_correction",
    )

    why = why_door(
        {
            "person": Person,
            "referral": Referral,
            "listing": Listing,
            "checklist": Checklist,
            "wait_list_entry": WaitListEntry,
            "outreach_contact": OutreachContact,
        }
    )
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

    on_caseload_changed = event("cases.caseload.changed.v1", do=capacity_following.caseload_changed)
    on_case_opened_for_a_place = event("cases.case.opened.v1", do=capacity_following.case_opened)
    on_case_closed_of_a_place = event("cases.case.closed.v1", do=capacity_following.case_closed)

    on_consent_given = event("consent.consent.given.v1", do=following.consent_given)
    on_consent_refused = event("consent.consent.refused.v1", do=consented.refused)
    on_consent_withdrawn = event("consent.consent.withdrawn.v1", do=consented.withdrawn)
    on_consent_expired = event("consent.consent.expired.v1", do=consented.withdrawn)
    on_restriction_placed = event("consent.restriction.placed.v1", do=consented.restriction_placed)
    on_restriction_lifted = event("consent.restriction.lifted.v1", do=consented.restriction_lifted)
    on_emergency_opened = event("consent.emergency.opened.v1", do=consented.emergency_opened)
    on_emergency_ended = event("consent.emergency.ended.v1", do=consented.emergency_ended)
    on_heartbeat = event("consent.heartbeat.sent.v1", do=consented.heartbeat)

    breach_clocks = every(seconds=30, do=clocks.breach_overdue)
    weigh_joined_referrals = every(seconds=5, do=pressing.weigh_joined)
    forecast_clocks = every(seconds=60, do=clocks.forecast_upcoming)
    open_what_was_withheld = every(seconds=60, do=grant_to_team_members_vouched_for)
    end_expired_accreditations = every(seconds=60, do=accreditation.end_expired)
    work_on_uploads = every(seconds=0.25, do=work_on_uploads)
    tidy_uploads = every(seconds=600, do=tidy_uploads)
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
