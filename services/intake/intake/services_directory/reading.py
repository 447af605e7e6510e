"""Reading out of HSDS what a service is searched by (IN-11)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from environs import Env
from marshmallow.validate import Range
from sqlalchemy import ARRAY, Text, cast, func, literal

from chassis import moment
from chassis.clocks import house_calendar
from intake.people.words import words_of
from intake.services_directory.hours import used_of
from intake.services_directory.model import Service
from intake.services_directory.specification import as_uuid

_OLDEST = 999.0


def read_into(service: Service, told: Mapping[str, Any]) -> None:
    """Take over what the HSDS object, nested in full, says of the service."""
    organization, program = told.get("organization") or {}, told.get("program") or {}
    places = [each.get("location") or {} for each in told.get("service_at_locations", [])]
    service.name = str(told.get("name", ""))
    service.alternate_name, service.description = told.get("alternate_name"), told.get("description")
    service.status = str(told.get("status", "active"))
    service.organization_id = as_uuid(organization.get("id")) or as_uuid(told.get("organization_id"))
    service.organization_name = organization.get("name")
    service.programs = _each([program.get("name"), program.get("alternate_name"), told.get("program_id")])
    service.needs = _each(_needs(told))
    service.languages = _each(_languages(told, places))
    service.localities = _each(_localities(told, places))
    service.minimum_age, service.maximum_age = _age(told.get("minimum_age")), _age(told.get("maximum_age"))
    service.eligibility = told.get("eligibility_description")
    service.wait_time = told.get("wait_time")
    service.phones = _each(phone.get("number") for phone in _phones(told, places))
    service.required_documents = _each(each.get("document") for each in told.get("required_documents", []))
    service.hours = [used_of(schedule) for schedule in _schedules(told, places)]
    service.words = as_words(_texts(told, service))
    _read_availability(service, told)
    _read_verification(service, told)


def folded(said: str) -> str:
    """A word or phrase as it is compared: small letters without accents."""
    return " ".join(words_of(said))


def as_words(texts: Iterable[str]) -> Any:
    """What texts are found by, as PostgreSQL keeps it: each word once, in the spelling of names."""
    words = sorted({word for text in texts for word in words_of(text)})
    return func.array_to_tsvector(cast(literal(words, ARRAY(Text())), ARRAY(Text())))


def mark_age(service: Service) -> None:
    """Mark the entry as stale, or as fresh again, by when it was verified last."""
    if not too_old(service.last_verified_on):
        service.stale_since = None
    elif service.stale_since is None:
        service.stale_since = moment.now()


def too_old(verified_on: date | None) -> bool:
    """Whether an entry verified on that day, or never, is to be verified again."""
    return verified_on is None or verified_on < verified_since()


def verified_since() -> date:
    """The day from which a verification still counts."""
    today = house_calendar().day_of(moment.now())
    year, month = divmod(today.year * 12 + today.month - 1 - stale_after_months(), 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


@cache
def stale_after_months() -> int:
    """After how many months an entry is to be verified again: ICM_SERVICES_STALE_AFTER_MONTHS, six unless set."""
    return Env().int("ICM_SERVICES_STALE_AFTER_MONTHS", 6, validate=Range(min=1, max=120))


def _needs(told: Mapping[str, Any]) -> Iterator[Any]:
    """The terms of its taxonomies, by identifier, code and name: what somebody looks for."""
    for attribute in told.get("attributes", []):
        term = attribute.get("taxonomy_term") or {}
        yield from (attribute.get("taxonomy_term_id"), term.get("id"))
        yield from (folded(str(term[name])) for name in ("code", "name") if term.get(name))
        if attribute.get("value"):
            yield folded(str(attribute["value"]))


def _languages(told: Mapping[str, Any], places: list[dict[str, Any]]) -> Iterator[str]:
    for holder in (told, *places):
        for language in holder.get("languages", []):
            yield from (folded(str(language[name])) for name in ("code", "name") if language.get(name))


def _localities(told: Mapping[str, Any], places: list[dict[str, Any]]) -> Iterator[str]:
    for place in places:
        for address in place.get("addresses", []):
            yield from (folded(str(address[name])) for name in ("city", "region") if address.get(name))
    areas = [*told.get("service_areas", [])]
    for at in told.get("service_at_locations", []):
        areas += at.get("service_areas", [])
    yield from (folded(str(area["name"])) for area in areas if area.get("name"))


def _phones(told: Mapping[str, Any], places: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for holder in (told, *told.get("service_at_locations", []), *places):
        yield from holder.get("phones", [])


def _schedules(told: Mapping[str, Any], places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The hours of the service, else of the service at its places, else of the places."""
    for holders in ([told], told.get("service_at_locations", []), places):
        found = [schedule for holder in holders for schedule in holder.get("schedules", [])]
        if found:
            return found
    return []


def _texts(told: Mapping[str, Any], service: Service) -> Iterator[str]:
    for name in ("name", "alternate_name", "description", "eligibility_description", "alert"):
        if isinstance(told.get(name), str):
            yield told[name]
    yield from (service.organization_name or "", *service.programs, *service.needs)


def _read_availability(service: Service, told: Mapping[str, Any]) -> None:
    """From the newest capacity, unless somebody has told of the availability since it was written."""
    if service.status == "temporarily closed":
        service.availability, service.availability_as_of = "closed", moment.now()
        return
    dated = [(datetime.fromisoformat(each["updated"]), each) for each in told.get("capacities", [])]
    if service.availability == "closed" and service.availability_as_of is not None:
        service.availability, service.availability_as_of = "unknown", None
    if not dated:
        return
    as_of = max(updated for updated, _ in dated)
    if service.availability_as_of is not None and service.availability_as_of >= as_of:
        return
    free = any(each["available"] > 0 for _, each in dated)
    service.availability, service.availability_as_of = ("accepting" if free else "full"), as_of
    service.available_from = None


def _read_verification(service: Service, told: Mapping[str, Any]) -> None:
    try:
        assured = date.fromisoformat(str(told.get("assured_date") or "")[:10])
    except ValueError:
        assured = None
    if assured is not None and (service.last_verified_on is None or assured > service.last_verified_on):
        service.last_verified_on, service.verified_by = assured, told.get("assurer_email")
    mark_age(service)


def _age(told: Any) -> Decimal | None:
    """Years, to the hundredth; what is beyond any age is told as the oldest."""
    return (
        None if told is None else Decimal(str(max(0.0, min(_OLDEST, float(told))))).quantize(Decimal("0.01"))
    )


def _each(values: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(str(value) for value in values if value))
