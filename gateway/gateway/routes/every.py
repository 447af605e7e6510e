"""All routes, in the order of the document."""

from gateway.routes.audit import routes as audit
from gateway.routes.cases import routes as cases
from gateway.routes.consent import routes as consent
from gateway.routes.intake import routes as intake
from gateway.routes.portal import routes as portal

ALL = (intake, cases, consent, portal, audit)
OPERATIONS = tuple(operation for routes in ALL for operation in routes.operations)
