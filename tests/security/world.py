"""A small world made through HTTP: one record of each kind that has an address, and a word that marks each text.

Every free text holds a word that stands nowhere else (`Family.mark`), so that a text that comes out where it should
not is found by looking for the word. What those who work with a family record of it stands in `case_work.py`; here is
what others add: outside systems, money, oversight.
"""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import requests

from tests.security import case_work
from tests.security.family import OTHER, OWN, SINCE, SOON, TODAY, Family, cast
from tests.security.sign_ins import RUN, Actor, eventually


def built(name: str, cast: dict[str, Actor], *, account: str, place: str = "") -> Family:
    """The family with one record of each kind, known to every service."""
    family = Family(name=name, cast=cast, account=account, place=place)
    for part in (*case_work.PARTS, _directory, _money, _oversight):
        part(family)
    return family


def _directory(family: Family) -> None:
    ids, mark, feed = family.ids, family.mark, family["feed"]
    clinic, therapist = f"clinic-{family.run}", f"therapist-{family.run}"
    accredited = {
        "name": f"Records of {family.run}",
        "organisations": [clinic, family.carers],
        "sectors": ["mental_health", "voluntary"],
        "valid_from": SINCE,
        "valid_until": SOON,
    }
    family["privacy"].made(f"/accredited-systems/{feed.subject}", accredited, method="PUT")
    ids["system"] = feed.subject
    house = {"name": "Clinic", "sector": "mental_health", "concealed_as": "health", "phone": "250 555 0150"}
    feed.made(f"/agencies/{clinic}", house, method="PUT")
    feed.made(f"/agencies/{family.carers}", {"name": "Carers", "sector": "voluntary"}, method="PUT")
    helper = {"organisation": clinic, "name": "Therapist", "title": "Therapist", "phone": "250 555 0151"}
    feed.made(f"/practitioners/{therapist}", helper, method="PUT")
    involved = {"person_id": ids["person_id"], "role": "therapist", "since": SINCE}
    concealed = {
        **involved,
        "reference": mark("concealed"),
        "organisation": clinic,
        "worker": therapist,
    }
    feed.made("/involvements", concealed)
    shown = {
        **involved,
        "reference": f"shown-{family.name}{RUN}",
        "organisation": family.carers,
        "role": "group",
    }
    ids["involvement_id"] = feed.made("/involvements", shown)["id"]
    dispute = {"involvement_id": ids["involvement_id"], "says": mark("dispute")}
    ids["dispute_id"] = family["desk"].made(f"/directory/{ids['person_id']}/disputes", dispute)["id"]
    message = {"person_id": ids["person_id"], "message": mark("mediation"), "reach_me_by": mark("mediation")}
    ids["request_id"] = family["mentor"].made("/mediation-requests", message)["id"]
    contacts = eventually(
        "a mediator is told whom it concerns",
        lambda: family["mediator"].made_of(f"/mediations/{ids['request_id']}")["contacts"] or None,
    )
    ids["mediation_contact_id"] = contacts[0]["id"]
    _upload(family)


def _upload(family: Family) -> None:
    """A file that names her, and somebody who cannot be told for certain."""
    rows = [
        "reference,person_id,organisation,worker,role,since",
        f"up-{family.name}{RUN},{family.ids['person_id']},{family.carers},,group,{SINCE}",
    ]
    content = "\n".join([*rows, ""]).encode()
    declared = {
        "name": family.mark("upload"),
        "size": len(content),
        "rows": len(rows) - 1,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    feed = family["feed"]
    made = feed.made("/involvement-uploads", declared)
    path = f"/involvement-uploads/{made['id']}"
    put = feed.ask("PUT", f"{path}/parts/1", headers={"Content-Type": "text/csv"}, content=content)
    assert put.ok, put.text
    feed.made(f"{path}/complete")
    eventually("the file is worked on", lambda: feed.made_of(path)["state"] == "done" or None)
    family.ids["upload_id"] = made["id"]


def _money(family: Family) -> None:
    ids, mark = family.ids, family.mark
    ids["provider_id"] = _provider(family, "carers", family.carers)
    ids["other_provider_id"] = _provider(family, "rivals", family.rivals)
    issued = {
        "provider_id": ids["provider_id"],
        "person_id": ids["person_id"],
        "service": "help_at_home",
        "unit": "hour",
        "rate": "38.5000",
        "units": "40.00",
        "starts_on": SINCE,
        "ends_on": SOON,
    }
    contracts, carers = family["contracts"], family["carers-worker"]
    ids["authorisation_id"] = contracts.made("/authorisations", issued)["id"]
    invoices = []
    for number in ("a", "b"):
        invoice = {
            "provider_id": ids["provider_id"],
            "number": f"{number}{mark('invoice')}",
            "starts_on": SINCE,
            "ends_on": str(TODAY),
            "lines": [
                {
                    "authorisation_id": ids["authorisation_id"],
                    "served_on": str(TODAY - timedelta(days=2 + len(invoices))),
                    "units": "2.00",
                }
            ],
        }
        invoices.append(carers.made("/invoices", invoice)["id"])
    ids["invoice_id"], ids["paid_invoice_id"] = invoices
    carers.made(f"/invoices/{ids['paid_invoice_id']}/submission")
    family["approver"].made(f"/invoices/{ids['paid_invoice_id']}/approval")
    ids["payment_id"] = family["releaser"].made("/payments", {"invoice_id": ids["paid_invoice_id"]})["id"]


_PROVIDERS: dict[str, str] = {}


def _provider(family: Family, name: str, organisation: str) -> str:
    """An approved provider; the same for every family."""
    if organisation in _PROVIDERS:
        return _PROVIDERS[organisation]
    asked = {
        "organisation": organisation,
        "legal_name": f"Group {organisation}",
        "services": ["help_at_home"],
        "terms_accepted": "terms-2026",
    }
    provider = family[f"{name}-admin"].made("/providers", asked)["id"]
    family["contracts"].made(f"/providers/{provider}/approval", {})
    user = {"account": family[f"{name}-worker"].subject, "roles": ["provider_user"]}
    family[f"{name}-admin"].made(f"/providers/{provider}/users", user)
    _PROVIDERS[organisation] = str(provider)
    return _PROVIDERS[organisation]


def _oversight(family: Family) -> None:
    ids, mark, privacy = family.ids, family.mark, family["privacy"]
    hold = {"kind": "person", "record_id": ids["person_id"], "because": "coroner", "reference": "REF-1"}
    ids["hold_id"] = privacy.made("/audit/holds", hold)["id"]
    emergency = {
        "person_id": ids["person_id"],
        "categories": ["identity"],
        "reason": mark("emergency"),
        "hours": 1,
    }
    begun = family["social-worker"].made("/emergency-accesses", emergency)
    ids["emergency_id"] = begun["id"]
    family["social-worker"].made(f"/emergency-accesses/{begun['id']}/end")
    listed = eventually(
        "the emergency raises an alert",
        lambda: privacy.made_of("/alerts", person_id=ids["person_id"])["items"] or None,
    )
    ids["alert_id"] = listed[0]["id"]
    entries = eventually(
        "accesses are in the log",
        lambda: family["auditor"].made_of("/audit/entries", person_id=ids["person_id"])["items"] or None,
    )
    ids["audit_entry_id"] = entries[0]["entry"]["entry_id"]


def shared(cast: dict[str, Actor]) -> dict[str, str]:
    """What belongs to no family: a service of the directory, an import, a competence, an agreement."""
    keeper, ids = cast["contracts"], {}
    begun = keeper.made("/service-imports", {"source": f"s{RUN}", "absent": "keep"})
    ids["import_id"] = begun["id"]
    service = {
        "id": str(uuid5(NAMESPACE_URL, RUN)),
        "name": f"Shed {RUN}",
        "status": "active",
        "organization": {
            "id": str(uuid5(NAMESPACE_URL, f"o{RUN}")),
            "name": "Sheds",
            "description": "Sheds.",
        },
    }
    keeper.made(f"/service-imports/{begun['id']}/parts", {"content": {"services": [service]}})
    keeper.made(f"/service-imports/{begun['id']}/end")
    ids["service_id"] = keeper.made_of("/services", words=f"Shed {RUN}")["items"][0]["id"]
    proposed = cast["mentor"].made(
        f"/services/{ids['service_id']}/corrections", {"said": "Another telephone."}
    )
    ids["correction_id"] = proposed["id"]
    competence = {"competence": "screening", "evidence": "Paper", "worker": cast["desk"].subject}
    ids["competence_id"] = cast["manager"].made("/competences", competence)["id"]
    agreement = {
        "kind": "memorandum",
        "title": "Partners",
        "organisations": [OWN, OTHER],
        "categories": ["housing"],
        "purposes": ["care"],
        "evidence": "File 1",
        "signed_on": SINCE,
    }
    ids["agreement_id"] = cast["privacy"].made("/agreements", agreement)["id"]
    return ids


@cache
def everybody() -> dict[str, Actor]:
    """The cast of this run."""
    return cast()


@cache
def the_family() -> Family:
    """The family of this run whom anybody with a grant reaches, with what belongs to no family among its ids."""
    family = built("hers", everybody(), account="client")
    family.ids |= shared(everybody())
    # Of these there is none in this world: an id that nobody has.
    family.ids |= {
        "held_row_id": "00000000-0000-4000-8000-000000000001",
        "restriction_id": "00000000-0000-4000-8000-000000000002",
    }
    return family


def document() -> dict[str, Any]:
    """The published document."""
    found: dict[str, Any] = requests.get(f"{os.environ['ICM_BASE_URL']}/openapi.json", timeout=10).json()
    return found


@cache
def the_others() -> Family:
    """Another family of this run, with other helpers at other organisations: nobody of the first cast knows them."""
    return built("theirs", cast("elsewhere"), account="client", place="elsewhere")
