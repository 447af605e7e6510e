"""The rules of case work that a step can break, each with a code that stays."""

from __future__ import annotations

from chassis.errors import AccessDenied, RuleBroken


class CaseClosed(RuleBroken):
    """A closed case takes no more work."""

    code = "case_closed"
    title = "The case is closed"


class OrganisationMissing(RuleBroken):
    """Work with a family is answered for by an organisation, which the directory then shows (IN-9)."""

    code = "organisation_missing"
    title = "Only somebody who acts for an organisation does this"


class AlreadyMember(RuleBroken):
    """The person is a member of this family already (CA-1)."""

    code = "already_member"
    title = "The person is a member of this case already"


class HiddenFromThisPerson(RuleBroken):
    """A member of the family is hidden from the person whom this sign-in belongs to (CA-1)."""

    code = "hidden_from_this_person"
    title = "A member of this case is hidden from this person, who cannot be on its team"


class AlreadyOnTeam(RuleBroken):
    """The worker is on the team already (CA-2)."""

    code = "already_on_team"
    title = "The worker is on the team already"


class NotOnTeam(RuleBroken):
    """The membership is not one of this case, or has ended (CA-2)."""

    code = "not_on_team"
    title = "There is no such present member of this team"


class LeadMustBeHandedOver(RuleBroken):
    """The lead leaves only after another has taken the lead: there is exactly one at any moment (CA-2)."""

    code = "lead_must_be_handed_over"
    title = "The lead leaves the team only after handing over"


class AlreadyLead(RuleBroken):
    """The worker leads the case already (CA-2)."""

    code = "already_lead"
    title = "The worker leads this case already"


class OnlyStaffLead(RuleBroken):
    """A case is led by somebody who can act on all of it (CA-2)."""

    code = "only_staff_lead"
    title = "Only staff can lead a case"


class ConsentMissing(RuleBroken):
    """The person has not consented to this assessment by this worker, or no longer does (CA-4, CO-1)."""

    code = "consent_missing"
    title = "The person's live consent to this assessment is needed"


class AssessmentSignedOff(RuleBroken):
    """No answer changes after sign-off (CA-4)."""

    code = "assessment_signed_off"
    title = "The assessment has been signed off"


class PlanExists(RuleBroken):
    """A case has one plan (CA-5)."""

    code = "plan_exists"
    title = "The case has a plan already"


class NotYourAction(AccessDenied):
    """Only the owner of an action, or the lead of the case, says how it stands (CA-5)."""

    code = "not_your_action"
    title = "Only its owner or the lead of the case updates an action"


class ContactAmended(RuleBroken):
    """A record that has been corrected is corrected no more; the correction can be (CA-7)."""

    code = "contact_amended"
    title = "This record has been amended already; amend the later one"


class LeadIsSeen(RuleBroken):
    """A case has exactly one lead whom everybody knows: nobody can be lead in secret (CA-1, CA-2)."""

    code = "lead_is_seen"
    title = "The place of the lead cannot be kept apart; hand the lead over first"
