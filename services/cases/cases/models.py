"""Every table of the service, so that metadata is whole for migrations and policies."""

from cases.assessments.model import Answer, Assessment, AssessmentOnFile
from cases.casefile.model import Case, Member
from cases.caseload.model import LedCase
from cases.confidence.model import Confidence
from cases.contacts.model import Contact
from cases.meetings.model import Attendance, Decision, Meeting
from cases.people.model import LinkedAccount, RecordedPerson, RollCallWanted
from cases.plan.model import Action, Goal, Plan, PlanSection
from cases.team.model import LeadTerm, TeamListing, TeamMember
from chassis.account_links import ToldAccountLink

__all__ = [
    "Action",
    "Answer",
    "Assessment",
    "AssessmentOnFile",
    "Attendance",
    "Case",
    "Confidence",
    "Contact",
    "Decision",
    "Goal",
    "LeadTerm",
    "LedCase",
    "LinkedAccount",
    "Meeting",
    "Member",
    "Plan",
    "PlanSection",
    "RecordedPerson",
    "RollCallWanted",
    "TeamListing",
    "TeamMember",
    "ToldAccountLink",
]
