"""A recorded run judged again: the same observations, under today's rules and known list."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity import known, recorded
from lakehouse_parity.alike import Judge
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.events import Finished, Judged, Started
from lakehouse_parity.judging import EVIDENCE, SIDES
from lakehouse_parity.minting import Minted
from lakehouse_parity.model import Surface, Verdict
from lakehouse_spec.clauses import CLAUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from lakehouse_parity.events import Event
    from lakehouse_parity.known import Entry
    from lakehouse_parity.model import Difference, Mask, Observation, Stability


def rejudged(path: Path, masks: Sequence[Mask], entries: Sequence[Entry]) -> Iterator[Event]:
    """The recorded events with their outcomes judged anew. Raises Mistake.

    What was skipped or unstable stays so: it cannot be told from one observation. The known list's days
    are held against the day of the recorded run.
    """
    ledger = known.Ledger(entries)
    looked_at, minted, judge = set(_ALWAYS), Minted(), Judge(masks)
    for event in recorded.read(path):
        if isinstance(event, Started):
            ledger = known.Ledger(entries, day(event, path))
            yield event
        elif isinstance(event, Judged) and event.seen:
            _check(event, path)
            looked_at.update(_surfaces(event.seen.values()))
            judged = again(event, judge, ledger, minted)
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


def _check(judged: Judged, path: Path) -> None:
    """A recording of another version may have fewer sides, or clauses that are none any more."""
    probe = judged.outcome.probe
    missing = [side for side in SIDES if side not in judged.seen]
    unknown = [clause for clause in probe.clauses if clause not in CLAUSES]
    if missing or unknown or not probe.clauses:
        what = f"no observation of {missing[0]}" if missing else f"no clause {''.join(unknown[:1])}"
        raise Mistake(f"{probe.id}: there is {what}; record the run again", Place(str(path)))


_ALWAYS = (Surface.STATUS, Surface.HEADER, Surface.BODY)


def _surfaces(observations: Iterable[Observation]) -> Iterator[Surface]:
    """What the run looked at beside the answers: an entry for anything else could not occur."""
    for observation in observations:
        told = _OBSERVED(observation)
        if told != _NOTHING:
            yield from (surface for surface, found in zip(EVIDENCE, told, strict=True) if found is not None)


_OBSERVED = attrgetter(*EVIDENCE.values())
_NOTHING = (None,) * len(EVIDENCE)


def again(event: Judged, judge: Judge, ledger: known.Ledger, minted: Minted | None = None) -> Judged:
    """One probe judged anew, beside the ids minted so far. Where nothing was asked it stays as it was."""
    if not event.seen:
        return event
    judged = judge(event.outcome.probe, event.seen)
    outcome = ledger.settle((minted or Minted()).hold(judged, event.seen))
    then = event.outcome
    if then.verdict is Verdict.UNSTABLE:
        differences = tuple(_unless_it_flips(found, then.stability) for found in outcome.differences)
        outcome = replace(outcome, verdict=then.verdict, reason=then.reason, differences=differences)
    if then.stability is not None:
        outcome = replace(outcome, stability=then.stability)
    return Judged(outcome, event.seen)


def _unless_it_flips(difference: Difference, stability: Stability | None) -> Difference:
    """A difference at a place where a runtime did not hold to its own answer is nobody's drift."""
    place = (difference.surface.value, difference.path)
    flips = stability.flips if stability is not None else ()
    return (
        replace(difference, verdict=Verdict.UNSTABLE) if place in {flip[1:] for flip in flips} else difference
    )
