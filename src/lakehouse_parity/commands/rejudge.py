"""`parity rejudge`: the observations of a recorded run, judged by today's rules and known list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console

from lakehouse_parity import known, recording, suite
from lakehouse_parity.events import Finished, Judged
from lakehouse_parity.judging import judge
from lakehouse_parity.model import Verdict
from lakehouse_parity.reports import console
from lakehouse_parity.reports.summary import Summary
from lakehouse_parity.reports.writing import write_reports

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lakehouse_parity.events import Event
    from lakehouse_parity.known import Entry
    from lakehouse_parity.model import Mask


def run(options: argparse.Namespace) -> int:
    """Judge, draw, and return the verdict's exit code."""
    summary = Summary()
    entries = known.load(options.known or options.probes / suite.KNOWN_FILE)
    for event in rejudged(options.recording, suite.load_masks(options.probes), entries):
        summary(event)
    write_reports(summary, None, options)
    console.show(summary, Console(highlight=False))
    return summary.exit_code


def rejudged(path: Path, masks: Sequence[Mask], entries: Sequence[Entry]) -> Iterator[Event]:
    """The recorded events with their outcomes judged anew. Raises Mistake.

    What was skipped or unstable stays so: it cannot be told from one observation.
    """
    ledger = known.Ledger(entries)
    judged_probes: list[str] = []
    for event in recording.read(path):
        if isinstance(event, Judged) and event.seen:
            judged_probes.append(event.outcome.probe.id)
            yield _again(event, masks, ledger)
        elif isinstance(event, Finished):
            stale = ledger.stale(judged_probes)
            problems = tuple(f"{entry.place}: {entry.probe}: no longer occurs as listed" for entry in stale)
            yield replace(event, problems=problems)
        else:
            yield event


def _again(event: Judged, masks: Sequence[Mask], ledger: known.Ledger) -> Judged:
    outcome = ledger.settle(judge(event.outcome.probe, event.seen, masks))
    if event.outcome.verdict is Verdict.UNSTABLE:
        outcome = replace(outcome, verdict=Verdict.UNSTABLE, reason=event.outcome.reason)
    return replace(event, outcome=outcome)
