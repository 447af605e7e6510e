"""Routes to the service directory, in and out as Open Referral HSDS."""

from __future__ import annotations

from gateway.routes import Routes
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


def add(routes: Routes) -> None:
    """Add the routes of this subject."""
    routes.get(
        "/services",
        "search_services",
        "Find a service to link somebody to",
        takes=SearchServices,
        gives=ServicePage,
        permission="intake.service.search",
    )
    routes.get(
        "/services/<uuid:service_id>",
        "read_service",
        "Read a service in full",
        takes=ReadService,
        gives=ServiceWholeView,
        permission="intake.service.read",
    )
    routes.post(
        "/services/<uuid:service_id>/verification",
        "verify_service",
        "Say that the entry of a service was checked and is true",
        takes=VerifyService,
        gives=ServiceView,
        permission="intake.service.verify",
    )
    routes.put(
        "/services/<uuid:service_id>/availability",
        "set_service_availability",
        "Tell whether a service takes people on",
        takes=SetServiceAvailability,
        gives=ServiceView,
        permission="intake.service.set_availability",
    )
    routes.post(
        "/services/<uuid:service_id>/corrections",
        "propose_service_correction",
        "Propose a correction to the entry of a service",
        takes=ProposeServiceCorrection,
        gives=ServiceCorrectionView,
        permission="intake.service.propose_correction",
    )
    routes.get(
        "/service-corrections",
        "list_service_corrections",
        "List the corrections that were proposed",
        takes=ListServiceCorrections,
        gives=ServiceCorrectionPage,
        permission="intake.service.list_corrections",
    )
    routes.post(
        "/service-corrections/<uuid:correction_id>/settlement",
        "settle_service_correction",
        "Say what was made of a correction",
        takes=SettleServiceCorrection,
        gives=ServiceCorrectionView,
        permission="intake.service.settle_correction",
    )
    _add_exchange(routes)


def _add_exchange(routes: Routes) -> None:
    routes.get(
        "/service-export",
        "export_services",
        "Export the service directory as HSDS, page by page",
        takes=ExportServices,
        gives=ExportedView,
        permission="intake.service.export",
    )
    routes.post(
        "/service-imports",
        "begin_service_import",
        "Begin an import of services as HSDS",
        takes=BeginServiceImport,
        gives=ServiceImportView,
        permission="intake.service.import",
    )
    routes.get(
        "/service-imports",
        "list_service_imports",
        "List imports of services",
        takes=ListServiceImports,
        gives=ServiceImportPage,
        permission="intake.service.import",
    )
    routes.post(
        "/service-imports/<uuid:import_id>/parts",
        "take_services",
        "Import a part, whole or not at all",
        takes=TakeServices,
        gives=PartTakenView,
        permission="intake.service.import",
    )
    routes.post(
        "/service-imports/<uuid:import_id>/end",
        "finish_service_import",
        "End an import",
        takes=FinishServiceImport,
        gives=ServiceImportView,
        permission="intake.service.import",
    )
