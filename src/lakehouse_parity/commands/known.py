"""`parity known add|prune`: the known list, written from a recorded full run.

It refuses a partial recording, in which a difference that is missing may only not have been looked at.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity import known, rosters, suite
from lakehouse_parity.commands.clauses import ROSTER
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.events import Finished, Judged
from lakehouse_parity.known import Entry, Sighting, pin, writing
from lakehouse_parity.known.entry import concerned
from lakehouse_parity.known.reading import day
from lakehouse_parity.model import Verdict
from lakehouse_parity.rejudging import rejudged
from lakehouse_parity.reports import files, terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from datetime import date

    from lakehouse_parity.known import Ledger
    from lakehouse_parity.model import Difference, Outcome

_FAILING = (Verdict.DIALECT, Verdict.RUST_DRIFT, Verdict.GO_DRIFT, Verdict.BOTH_DRIFT, Verdict.SPLIT)


def run(options: argparse.Namespace) -> int:
    """Add the divergences that match, or drop the entries that no longer occur."""
    path = options.known or options.probes / suite.KNOWN_FILE
    entries = known.load(path)
    outcomes = _outcomes(options, entries)
    kept = _added(options, entries, outcomes) if options.action == "add" else _pruned(entries, outcomes)
    files.write(path, writing.text(kept))
    terminal.screen().print(f"{path}: {len(entries)} entries before, {len(kept)} now", soft_wrap=True)
    return 0


def _outcomes(options: argparse.Namespace, entries: Sequence[Entry]) -> list[Outcome]:
    """The outcomes of a full run, judged anew. Raises Mistake where anything is missing in it."""
    events = list(rejudged(options.recording, suite.load_masks(options.probes), entries))
    outcomes = [event.outcome for event in events if isinstance(event, Judged)]
    probes = suite.load(options.probes, rosters.load(ROSTER), suite.Names(ollama_provider="parity-ollama"))
    unseen = {o.probe.id for o in outcomes if o.verdict in (Verdict.BROKEN, Verdict.SKIPPED)}
    lacking = sorted(unseen | {probe.id for probe in probes} - {outcome.probe.id for outcome in outcomes})
    if lacking:
        what = f"is not a full run: {len(lacking)} probes are missing, {lacking[0]} first"
        raise Mistake(what, Place(str(options.recording)))
    if not isinstance(events[-1], Finished):
        raise Mistake("is not a full run: it was cut short", Place(str(options.recording)))
    return outcomes


def _added(options: argparse.Namespace, entries: Sequence[Entry], outcomes: list[Outcome]) -> list[Entry]:
    """The entries with those of the wanted divergences, which replace others for the same places."""
    if not options.right or not (options.reason or "").strip():
        raise Mistake("`parity known add` needs --right and --reason")
    expires = _expires(options.expires)
    wanted = list(_wanted(options.probes_wanted, outcomes))
    new = [
        _entry(options, expires, outcome, difference)
        for outcome in wanted
        for difference in outcome.differences
        if not any(e.names(outcome.probe.id) and e.describes(outcome.probe, difference) for e in entries)
    ]
    places = {(entry.probe, entry.surface, entry.path) for entry in new}
    kept = [entry for entry in entries if (entry.probe, entry.surface, entry.path) not in places]
    return sorted([*kept, *new], key=lambda entry: (entry.probe, entry.surface, entry.path))


def _entry(
    options: argparse.Namespace, expires: date | None, outcome: Outcome, difference: Difference
) -> Entry:
    return Entry(
        probe=outcome.probe.id,
        runtime=concerned(difference),
        surface=difference.surface.value,
        path=difference.path,
        values=(pin(outcome.probe, difference, "rust"), pin(outcome.probe, difference, "go")),
        right=options.right,
        reason=options.reason,
        place=outcome.probe.place,
        link=options.link or "",
        expires=expires,
    )


def _expires(text: str | None) -> date | None:
    try:
        return None if text is None else day(text)
    except ValueError:
        raise Mistake(f"--expires {text}: a day is written as 2027-01-31") from None


def _wanted(patterns: list[str], outcomes: list[Outcome]) -> Iterator[Outcome]:
    """The divergences that match. Raises Mistake for a pattern without one."""
    diverged = [outcome for outcome in outcomes if outcome.verdict in _FAILING]
    for pattern in patterns:
        if not any(fnmatchcase(outcome.probe.id, pattern) for outcome in diverged):
            raise Mistake(f"nothing that diverged in this run matches {pattern!r}")
    for outcome in diverged:
        if not patterns or any(fnmatchcase(outcome.probe.id, pattern) for pattern in patterns):
            yield outcome


def _pruned(entries: Sequence[Entry], outcomes: list[Outcome]) -> list[Entry]:
    ledger = known.Ledger(entries)
    for outcome in outcomes:
        ledger.note(outcome)
    every_probe = frozenset(outcome.probe.id for outcome in outcomes)
    return [left for entry in entries for left in _left(entry, ledger, every_probe)]


def _left(entry: Entry, ledger: Ledger, every_probe: frozenset[str]) -> Iterator[Entry]:
    """What is left of an entry: all of it, or of a pattern the probes that still show it."""
    if not any(map(entry.names, every_probe)):
        return
    sightings = list(ledger.sightings(entry))
    if all(sighting is Sighting.AS_LISTED for _, sighting, _ in sightings):
        yield entry
        return
    for outcome, sighting, _ in sightings:
        if sighting is Sighting.AS_LISTED:
            yield replace(entry, probe=outcome.probe.id)
