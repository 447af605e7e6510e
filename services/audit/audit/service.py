"""The doors of audit, the events that it follows, and what it does by itself."""

from __future__ import annotations

from typing import Any

import audit.alerts.actions
import audit.alerts.emergencies
import audit.alerts.escalating
import audit.alerts.following
import audit.alerts.queries
import audit.alerts.watching
import audit.entries.actions
import audit.entries.export
import audit.entries.queries
import audit.log.actions
import audit.log.publication
import audit.log.queries
import audit.reports.export
import audit.reports.queries
import audit.retention.actions
import audit.retention.queries
import audit.trails.following
import audit.trails.queries
import audit.witnesses.actions
from audit.alerts.emergencies import STANDING
from audit.alerts.escalating import OVERDUE
from audit.alerts.queries import OPEN_BY_RULE, WAITING_BY_SEVERITY
from audit.alerts.schemas import AlertPage, AlertSearch, AlertView, AssignAlert, CloseAlert
from audit.entries.schemas import (
    EntryPage,
    EntryView,
    ExportEntries,
    ExportView,
    FollowedView,
    FollowEntries,
    ListEntries,
    ReadEntry,
)
from audit.log.divergence import COUNTED
from audit.log.schemas import (
    CheckpointView,
    ConsistencyAsked,
    ConsistencyProofView,
    InclusionAsked,
    InclusionProofView,
    PublishedView,
    ReadCheckpoint,
    ReadPublished,
    ReadTile,
    TileView,
)
from audit.reports.schemas import AccessReportAsked, AccessReportView, ReportExportAsked, ReportExportView
from audit.retention.schemas import (
    ErasureView,
    HoldPage,
    HoldView,
    ListHolds,
    OrderErasure,
    PlaceHold,
    ReleaseHold,
)
from audit.stream.queries import STREAM, confirm, unsent
from audit.trails.schemas import CaseTrailAsked, CaseTrailView, PersonTrailAsked, PersonTrailView
from audit.witnesses.queries import UNWITNESSED
from chassis import clocks, metrics, same_person, sign_ins
from chassis.doors import command, event, events, every, health_door, public_query, query, sampled, why_door
from chassis.schemas import ById
from chassis.stream_feed import feed


def _opens(arguments: dict[str, Any]) -> bool:
    """Following is one access, told when it begins: if each poll were told, the log would feed itself."""
    return bool(arguments["opening"])


def _shows_nobody(_arguments: dict[str, Any]) -> bool:
    """Checkpoints and proofs are hashes; reading them is no access to a record."""
    return False


class AuditService:
    """The log of every access: append, seal, prove, report (AU-1, AU-4, AU-5, AU-6)."""

    name = "audit"

    list_entries = query(
        audit.entries.queries.list_entries,
        takes=ListEntries,
        gives=EntryPage,
        permission="audit.entry.list",
        action="search",
    )
    read_entry = query(
        audit.entries.queries.read_entry, takes=ReadEntry, gives=EntryView, permission="audit.entry.read"
    )
    follow_entries = query(
        audit.entries.queries.follow_entries,
        takes=FollowEntries,
        gives=FollowedView,
        permission="audit.entry.follow",
        action="export",
        audited=_opens,
        beside="beside",
    )
    export_entries = query(
        audit.entries.export.export_entries,
        takes=ExportEntries,
        gives=ExportView,
        permission="audit.entry.export",
        action="export",
    )
    access_report = query(
        audit.reports.queries.access_report,
        takes=AccessReportAsked,
        gives=AccessReportView,
        permission="audit.access_report.read",
    )
    export_report = query(
        audit.reports.export.export_report,
        takes=ReportExportAsked,
        gives=ReportExportView,
        permission="audit.access_report.read",
        action="export",
    )
    case_trail = query(
        audit.trails.queries.case_trail,
        takes=CaseTrailAsked,
        gives=CaseTrailView,
        permission="audit.case_trail.read",
    )
    person_trail = query(
        audit.trails.queries.person_trail,
        takes=PersonTrailAsked,
        gives=PersonTrailView,
        permission="audit.person_trail.read",
    )
    read_checkpoint = query(
        audit.log.queries.read_checkpoint,
        takes=ReadCheckpoint,
        gives=CheckpointView,
        permission="audit.checkpoint.read",
        audited=_shows_nobody,
    )
    inclusion_proof = query(
        audit.log.queries.inclusion_proof,
        takes=InclusionAsked,
        gives=InclusionProofView,
        permission="audit.proof.read",
        audited=_shows_nobody,
    )
    consistency_proof = query(
        audit.log.queries.consistency_proof,
        takes=ConsistencyAsked,
        gives=ConsistencyProofView,
        permission="audit.proof.read",
        audited=_shows_nobody,
    )
    read_published = public_query(
        audit.log.publication.read_published, takes=ReadPublished, gives=PublishedView
    )
    read_tile = public_query(audit.log.publication.read_tile, takes=ReadTile, gives=TileView)
    place_hold = command(
        audit.retention.actions.place_hold, takes=PlaceHold, gives=HoldView, permission="audit.hold.place"
    )
    release_hold = command(
        audit.retention.actions.release_hold,
        takes=ReleaseHold,
        gives=HoldView,
        permission="audit.hold.release",
    )
    list_holds = query(
        audit.retention.queries.list_holds,
        takes=ListHolds,
        gives=HoldPage,
        permission="audit.hold.list",
        action="search",
    )
    order_erasure = command(
        audit.retention.actions.order_erasure,
        takes=OrderErasure,
        gives=ErasureView,
        permission="audit.entry.erase",
    )
    list_alerts = query(
        audit.alerts.queries.search,
        takes=AlertSearch,
        gives=AlertPage,
        permission="audit.alert.list",
        action="search",
    )
    read_alert = query(audit.alerts.queries.read, takes=ById, gives=AlertView, permission="audit.alert.read")
    acknowledge_alert = command(
        audit.alerts.actions.acknowledge, takes=ById, gives=AlertView, permission="audit.alert.acknowledge"
    )
    assign_alert = command(
        audit.alerts.actions.assign, takes=AssignAlert, gives=AlertView, permission="audit.alert.assign"
    )
    close_alert = command(
        audit.alerts.actions.close, takes=CloseAlert, gives=AlertView, permission="audit.alert.close"
    )
    why = why_door({"entry": EntryView, "alert": AlertView})
    health = health_door()

    on_access = events("*.access.recorded.v1", do=audit.entries.actions.append_many)
    on_account_linked = event("intake.person.account_linked.v1", do=audit.alerts.following.account_linked)
    on_account_unlinked = event(
        "intake.person.account_unlinked.v1", do=audit.alerts.following.account_unlinked
    )
    on_people_linked = event("intake.person.linked.v1", do=same_person.followed)
    on_people_unlinked = event("intake.person.unlinked.v1", do=same_person.followed)
    on_case_opened = event("cases.case.opened.v1", do=audit.alerts.following.case_opened)
    on_member_added = event("cases.member.added.v1", do=audit.alerts.following.member_added)
    on_case_closed = event("cases.case.closed.v1", do=audit.alerts.following.case_closed)
    on_sign_in_removed = event("consent.sign_in.removed.v1", do=sign_ins.removed)
    on_sign_in_ended = event("consent.sign_in.ended.v1", do=sign_ins.ended)
    on_sign_in_restored = event("consent.sign_in.restored.v1", do=sign_ins.restored)
    on_team_member_joined = event("cases.team_member.joined.v1", do=audit.trails.following.team_member_joined)
    on_team_member_left = event("cases.team_member.left.v1", do=audit.trails.following.team_member_left)
    on_team_member_kept_out = event(
        "cases.team_member.kept_out.v1", do=audit.trails.following.team_member_kept_out
    )
    on_team_listed = event("cases.team.listed.v1", do=audit.trails.following.team_listed)
    on_lead_changed = event("cases.case.lead_changed.v1", do=audit.trails.following.lead_changed)
    on_restriction_placed = event(
        "consent.restriction.placed.v1", do=audit.trails.following.restriction_placed
    )
    on_restriction_lifted = event(
        "consent.restriction.lifted.v1", do=audit.trails.following.restriction_lifted
    )
    on_emergency_opened = event("consent.emergency.opened.v1", do=audit.alerts.emergencies.opened)
    on_emergency_ended = event("consent.emergency.ended.v1", do=audit.alerts.emergencies.ended)
    on_emergency_reviewed = event("consent.emergency.reviewed.v1", do=audit.alerts.emergencies.reviewed)
    to_stream = feed(STREAM, unsent=unsent, confirm=confirm)
    seal = every(seconds=0.5, do=audit.log.actions.seal)
    ask_witnesses = every(seconds=0.5, do=audit.witnesses.actions.ask_witnesses)
    # A little oftener than the turn changes, so that none is passed over.
    examine = every(seconds=1.5, do=audit.log.actions.examine_in_turn)
    end_retention = every(seconds=3_600, do=audit.retention.actions.end_retention)
    erase_ordered = every(seconds=5, do=audit.retention.actions.erase_ordered)
    watch = every(seconds=0.3, do=audit.alerts.watching.watch)
    escalate = every(seconds=30, do=audit.alerts.escalating.escalate)
    forget_old_days = every(seconds=3600, do=audit.alerts.watching.forget_old_days)
    breach_clocks = every(seconds=30, do=clocks.breach_overdue)
    forecast_clocks = every(seconds=60, do=clocks.forecast_upcoming)
    alerts_open = sampled(metrics.ALERTS_OPEN, label="rule", question=OPEN_BY_RULE)
    alerts_waiting = sampled(metrics.ALERTS_WAITING, label="severity", question=WAITING_BY_SEVERITY)
    alerts_overdue = sampled(metrics.ALERTS_OVERDUE, label="clock", question=OVERDUE)
    emergencies = sampled(metrics.EMERGENCIES, label="standing", question=STANDING)
    log_diverged = sampled(metrics.LOG_DIVERGED, label="cause", question=COUNTED)
    log_unwitnessed = sampled(metrics.LOG_UNWITNESSED, label="witness", question=UNWITNESSED)
