"""The doors of this subject: one line each, no logic. `intake/service.py` puts them together."""

from __future__ import annotations

from chassis.doors import command, query
from intake.services_directory import actions as services_directory
from intake.services_directory import importing as service_imports
from intake.services_directory import queries as services_queries
from intake.services_directory.schemas import (
    BeginServiceImport,
    ExportedView,
    ExportServices,
    FinishServiceImport,
    ListServiceCorrections,
    ListServiceImports,
    PartTakenView,
    ProposeServiceCorrection,
    ReadService,
    SearchServices,
    ServiceCorrectionPage,
    ServiceCorrectionView,
    ServiceImportPage,
    ServiceImportView,
    ServicePage,
    ServiceView,
    ServiceWholeView,
    SetServiceAvailability,
    SettleServiceCorrection,
    TakeServices,
    VerifyService,
)


class ServiceDoors:
    """The services that people are linked to (IN-11)."""

    name = "intake"

    search_services = query(
        services_queries.search,
        takes=SearchServices,
        gives=ServicePage,
        permission="intake.service.search",
        action="search",
    )
    read_service = query(
        services_queries.read,
        takes=ReadService,
        gives=ServiceWholeView,
        permission="intake.service.read",
    )
    export_services = query(
        services_queries.export,
        takes=ExportServices,
        gives=ExportedView,
        permission="intake.service.export",
        action="export",
    )
    begin_service_import = command(
        service_imports.begin,
        takes=BeginServiceImport,
        gives=ServiceImportView,
        permission="intake.service.import",
    )
    take_services = command(
        service_imports.take_part,
        takes=TakeServices,
        gives=PartTakenView,
        permission="intake.service.import",
    )
    finish_service_import = command(
        service_imports.finish,
        takes=FinishServiceImport,
        gives=ServiceImportView,
        permission="intake.service.import",
    )
    list_service_imports = query(
        service_imports.search,
        takes=ListServiceImports,
        gives=ServiceImportPage,
        permission="intake.service.import",
    )
    verify_service = command(
        services_directory.verify,
        takes=VerifyService,
        gives=ServiceView,
        permission="intake.service.verify",
    )
    set_service_availability = command(
        services_directory.set_availability,
        takes=SetServiceAvailability,
        gives=ServiceView,
        permission="intake.service.set_availability",
    )
    propose_service_correction = command(
        services_directory.propose_correction,
        takes=ProposeServiceCorrection,
        gives=ServiceCorrectionView,
        permission="intake.service.propose_correction",
    )
    list_service_corrections = query(
        services_queries.corrections,
        takes=ListServiceCorrections,
        gives=ServiceCorrectionPage,
        permission="intake.service.list_corrections",
    )
    settle_service_correction = command(
        services_directory.settle_correction,
        takes=SettleServiceCorrection,
        gives=ServiceCorrectionView,
        permission="intake.service.settle_correction",
    )
