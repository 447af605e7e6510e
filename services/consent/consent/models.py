"""Every table of the service, so that migrations and policies see the whole."""

from consent.directives.model import Consent, ConsentState
from consent.emergency.model import EmergencyAccess
from consent.people.model import KnownPerson
from consent.restrictions.model import PlacedRestriction

__all__ = ["Consent", "ConsentState", "EmergencyAccess", "KnownPerson", "PlacedRestriction"]
