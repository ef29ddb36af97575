"""Validator `fill`: workers for the places of a shift (chapter FI)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lakehouse_spec.validate.matching import matches
from lakehouse_spec.validate.report import Finding, Severity, forbidden, incomplete, inconsistent
from lakehouse_spec.validate.shape import (
    Context,
    a_string,
    an_array,
    an_object,
    malformed,
    optional_string,
    required,
)

if TYPE_CHECKING:
    from lakehouse_spec.dialects import Json
    from lakehouse_spec.roster import Roster, Worker


class Fill(NamedTuple):
    """One place and who shall take it."""

    candidate_id: str
    """The id of a worker in the roster."""
    name: str | None
    """The worker's name, if the model gave one."""


def validate(artifact: Json, context: Context, roster: Roster) -> tuple[Finding, ...]:
    """Judge a list of fills; raises `Invalid` at the first failing check (FI-1 to FI-13)."""
    fills = _schema(artifact)
    _completeness(fills, context)
    workers = _consistency(fills, context, roster)
    _policy(workers, context)
    return () if fills else (Finding("fills", Severity.WARNING, "no fills"),)


def _schema(artifact: Json) -> tuple[Fill, ...]:
    """Check the shape: FI-1 of the list, then FI-2 of each fill in order."""
    fills = an_array(required(an_object(artifact, "artifact"), "fills"), "fills")
    return tuple(_fill(fill, f"fills[{index}]") for index, fill in enumerate(fills))


def _fill(value: Json, field: str) -> Fill:
    members = an_object(value, field)
    id_field = f"{field}.candidate_id"
    candidate_id = a_string(required(members, "candidate_id", id_field), id_field)
    if not candidate_id:
        raise malformed(id_field, "must not be empty")
    return Fill(candidate_id, optional_string(members, "name", f"{field}.name"))


def _completeness(fills: tuple[Fill, ...], context: Context) -> None:
    """Check that there are as many fills as places (FI-3)."""
    target = context.target_count()
    if target is not None and len(fills) != target:
        raise incomplete(f"expected {target} fills, got {len(fills)}")


def _consistency(fills: tuple[Fill, ...], context: Context, roster: Roster) -> tuple[Worker, ...]:
    """Check each fill in order by FI-5 to FI-11 in order (FI-4); gives their workers."""
    used: set[str] = set()
    return tuple(_worker(fill, used, context, roster) for fill in fills)


def _worker(fill: Fill, used: set[str], context: Context, roster: Roster) -> Worker:
    worker = roster.find(fill.candidate_id)
    if worker is None:
        raise inconsistent(f"candidate '{fill.candidate_id}' is not in the roster")  # FI-5
    if fill.candidate_id in used:
        raise inconsistent(f"candidate '{fill.candidate_id}' is used more than once")  # FI-6
    used.add(fill.candidate_id)
    if not matches(worker.status, "active"):
        status = f"status '{worker.status}'"  # FI-7
        raise inconsistent(f"candidate '{fill.candidate_id}' is not active ({status})")
    _contract(worker, context)
    if fill.name is not None and not matches(fill.name, worker.name):
        raise inconsistent(f"name '{fill.name}' doesn't match roster name '{worker.name}'")  # FI-11
    return worker


def _contract(worker: Worker, context: Context) -> None:
    """Check the worker's city, state and role against the contract's, where given (FI-8, FI-9, FI-10)."""
    for name, own in (("city", worker.city), ("state", worker.state), ("role", worker.role)):
        wanted = context.text(name)
        if wanted is not None and not matches(own, wanted):
            raise inconsistent(f"{name} '{own}' doesn't match contract {name} '{wanted}'")


def _policy(workers: tuple[Worker, ...], context: Context) -> None:
    """Check that no worker and the client exclude each other (FI-12)."""
    client = context.text("client_id")
    for worker in workers:
        if client is not None and client in worker.blacklisted_clients:
            raise forbidden(f"candidate '{worker.worker_id}' is blacklisted for client '{client}'")
