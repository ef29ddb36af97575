"""A recorded run judged again: the same observations, under today's rules and known list."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from lakehouse_parity import known, recording
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.events import Finished, Judged, Started
from lakehouse_parity.judging import judge
from lakehouse_parity.model import Surface, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from lakehouse_parity.events import Event
    from lakehouse_parity.known import Entry
    from lakehouse_parity.model import Mask, Observation


def rejudged(path: Path, masks: Sequence[Mask], entries: Sequence[Entry]) -> Iterator[Event]:
    """The recorded events with their outcomes judged anew. Raises Mistake.

    What was skipped or unstable stays so: it cannot be told from one observation. The known list's days
    are held against the day of the recorded run.
    """
    ledger = known.Ledger(entries)
    looked_at = set(_ALWAYS)
    for event in recording.read(path):
        if isinstance(event, Started):
            ledger = known.Ledger(entries, day(event, path))
            yield event
        elif isinstance(event, Judged) and event.seen:
            looked_at.update(_surfaces(event.seen.values()))
            judged = again(event, masks, ledger)
            ledger.note(judged.outcome)
            yield judged
        elif isinstance(event, Finished):
            yield replace(event, problems=tuple(ledger.problems(frozenset(looked_at))))
        else:
            yield event


def day(started: Started, path: Path) -> date:
    """On which the run began. Raises Mistake where the recording does not say."""
    try:
        return datetime.fromisoformat(started.at).date()
    except ValueError:
        raise Mistake(f"the run started at {started.at!r}, which is no moment", Place(str(path))) from None


_ALWAYS = (Surface.STATUS, Surface.HEADER, Surface.BODY)


def _surfaces(observations: Iterable[Observation]) -> Iterator[Surface]:
    """What the run looked at beside the answers: an entry for anything else could not occur."""
    for observation in observations:
        evidence = {
            Surface.MODEL_REQUEST: observation.model_requests,
            Surface.SESSION_ROW: observation.rows,
            Surface.SPAN: observation.spans,
            Surface.USAGE: observation.usage,
            Surface.EXTRACTION: observation.extraction,
        }
        yield from (surface for surface, found in evidence.items() if found is not None)


def again(event: Judged, masks: Sequence[Mask], ledger: known.Ledger) -> Judged:
    """One probe judged anew. Where nothing was asked there is nothing to judge, and it stays as it was."""
    if not event.seen:
        return event
    outcome = ledger.settle(judge(event.outcome.probe, event.seen, masks))
    if event.outcome.verdict is Verdict.UNSTABLE:
        outcome = replace(outcome, verdict=Verdict.UNSTABLE, reason=event.outcome.reason)
    return replace(event, outcome=replace(outcome, stability=event.outcome.stability))
