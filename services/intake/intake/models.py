"""Every table of intake, so that its metadata is whole for migrations and policies."""

from intake.accreditation import model as accreditation
from intake.capacity import model as capacity
from intake.competences import model as competences
from intake.directory import model as directory
from intake.disputes import model as disputes
from intake.follow_up import model as follow_up
from intake.linking import model as linking
from intake.matching import model as matching
from intake.mediation import model as mediation
from intake.outreach import model as outreach
from intake.people import model as people
from intake.people.addresses import model as addresses
from intake.people.by_name import model as by_name
from intake.people.contact import model as contact
from intake.people.history import model as history
from intake.people.identifiers import model as identifiers
from intake.people.relationships import model as relationships
from intake.people.roll_call import model as roll_call
from intake.prelude import model as prelude
from intake.programs import model as programs
from intake.referrals import history as referral_history
from intake.referrals import model as referrals
from intake.screening import model as screening
from intake.services_directory import model as services_directory
from intake.uploads import model as uploads
from intake.waitlist import model as waitlist
from intake.worklist import model as worklist

__all__ = [
    "accreditation",
    "addresses",
    "by_name",
    "capacity",
    "competences",
    "contact",
    "directory",
    "disputes",
    "follow_up",
    "history",
    "identifiers",
    "linking",
    "matching",
    "mediation",
    "outreach",
    "people",
    "prelude",
    "programs",
    "referral_history",
    "referrals",
    "relationships",
    "roll_call",
    "screening",
    "services_directory",
    "uploads",
    "waitlist",
    "worklist",
]
