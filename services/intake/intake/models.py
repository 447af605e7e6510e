"""Every table of intake, so that its metadata is whole for migrations and policies."""

from intake.accreditation import model as accreditation
from intake.capacity import model as capacity
from intake.directory import model as directory
from intake.linking import model as linking
from intake.people import model as people
from intake.referrals import model as referrals
from intake.screening import model as screening
from intake.uploads import model as uploads
from intake.waitlist import model as waitlist

__all__ = [
    "accreditation",
    "capacity",
    "directory",
    "linking",
    "people",
    "referrals",
    "screening",
    "uploads",
    "waitlist",
]
