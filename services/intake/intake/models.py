"""Every table of intake, so that its metadata is whole for migrations and policies."""

from intake.directory import model as directory
from intake.linking import model as linking
from intake.people import model as people
from intake.referrals import model as referrals
from intake.screening import model as screening

__all__ = ["directory", "linking", "people", "referrals", "screening"]
