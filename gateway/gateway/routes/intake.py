"""Routes to intake: people, referrals, screening, the involvement directory."""

from __future__ import annotations

from chassis.schemas import WhyAsked, WhyView
from gateway.routes import Routes
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
from intake.people.schemas import (
    AccountView,
    AmendPerson,
    LinkAccount,
    PersonFoundPage,
    PersonView,
    ReadPerson,
    RecordPerson,
    SearchPeople,
)
from intake.referrals.schemas import (
    DocumentBreach,
    ListReferrals,
    PauseClock,
    ReadReferral,
    ReceiveReferral,
    RecordContactAttempt,
    RecordServiceContact,
    ReferralFoundPage,
    ReferralFoundView,
    ReferralView,
    ResumeClock,
)
from intake.screening.schemas import DecideScreening, ScreeningView

routes = Routes("intake", "People, referrals, screening, and who is involved with whom.")

# people
routes.post(
    "/people",
    "record_person",
    "Record a person",
    takes=RecordPerson,
    gives=PersonView,
    permission="intake.person.record",
    located="/people/<person_id>",
)
routes.ask(
    "/people/searches",
    "search_people",
    "Find people by name",
    takes=SearchPeople,
    gives=PersonFoundPage,
    permission="intake.person.search",
)
routes.get(
    "/people/<uuid:person_id>",
    "read_person",
    "Read a person's record",
    takes=ReadPerson,
    gives=PersonView,
    permission="intake.person.read",
)
routes.patch(
    "/people/<uuid:person_id>",
    "amend_person",
    "Amend a person's record",
    takes=AmendPerson,
    gives=PersonView,
    permission="intake.person.amend",
    versioned=True,
)
routes.post(
    "/people/<uuid:person_id>/accounts",
    "link_account",
    "Link a sign-in to a person",
    takes=LinkAccount,
    gives=AccountView,
    permission="intake.person.link_account",
)

# referrals
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
    "/referrals/<uuid:referral_id>/screening",
    "decide_screening",
    "Decide on eligibility",
    takes=DecideScreening,
    gives=ScreeningView,
    permission="intake.screening.decide",
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

# who is involved
routes.ask(
    "/directory/searches",
    "search_directory",
    "Find a person in the directory by name and date of birth",
    takes=SearchDirectory,
    gives=DirectoryEntryPage,
    permission="intake.directory.search",
)
routes.get(
    "/directory/<uuid:person_id>",
    "read_directory",
    "Read who is involved with a person",
    takes=ReadDirectory,
    gives=DirectoryEntryView,
    permission="intake.directory.read",
)
routes.post(
    "/involvements",
    "record_involvement",
    "Tell of an involvement",
    takes=RecordInvolvement,
    gives=InvolvementView,
    permission="intake.involvement.record",
)
routes.post(
    "/involvements/ends",
    "end_involvement",
    "Tell that an involvement has ended",
    takes=EndInvolvement,
    gives=InvolvementView,
    permission="intake.involvement.end",
)
routes.put(
    "/agencies/<organisation>",
    "record_agency",
    "Record an agency and how it is reached",
    takes=RecordAgency,
    gives=AgencyView,
    permission="intake.agency.record",
)
routes.put(
    "/practitioners/<worker>",
    "record_practitioner",
    "Record a practitioner and how they are reached",
    takes=RecordPractitioner,
    gives=PractitionerView,
    permission="intake.practitioner.record",
)

routes.get(
    "/why/intake",
    "why",
    "Explain who can see a record of intake, and why",
    takes=WhyAsked,
    gives=WhyView,
    permission="intake.access.explain",
)
