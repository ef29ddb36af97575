"""One recorded probe whole, for programs: what `parity show --json` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lakehouse_parity.recording import encode
from lakehouse_parity.reports.json_report import outcome_json
from lakehouse_parity.reports.repeating import command, curls
from lakehouse_spec.clauses import CLAUSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lakehouse_parity.events import Judged, RuntimeFacts

SCHEMA = "lakehouse-parity/probe/v1"


def build(judged: Judged, recorded: str, runtimes: Mapping[str, RuntimeFacts]) -> dict[str, Any]:
    """The outcome as `report.json` has it, and beside it request, script and everything that was seen.

    Bytes are `{"text"}` where they are UTF-8 and `{"base64"}` where they are not, as in the recording.
    """
    probe = judged.outcome.probe
    clauses = dict.fromkeys((*probe.clauses, *(found.clause for found in judged.outcome.differences)))
    return {
        **outcome_json(judged.outcome),
        "recorded_verdict": recorded,
        "why": probe.why,
        "request": encode(probe.request),
        "script": encode(probe.script),
        "seen": encode(dict(judged.seen)),
        "sentences": {clause: CLAUSES[clause].text for clause in clauses},
        "again": {"probe": command(probe, runtimes), **dict(curls(probe.request, runtimes))},
    }
