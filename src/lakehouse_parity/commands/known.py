"""`parity known add|prune`: the known list, written from a recorded full run.

It refuses a partial recording, in which a difference that is missing may only not have been looked at.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import groupby
from typing import TYPE_CHECKING, Any

import yaml
from rich.console import Console

from lakehouse_parity import known, rosters, suite
from lakehouse_parity.commands.clauses import ROSTER
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.events import Judged
from lakehouse_parity.known import Entry, pin
from lakehouse_parity.model import RUNTIMES, Verdict
from lakehouse_parity.rejudging import rejudged
from lakehouse_parity.reports import files

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from lakehouse_parity.model import Outcome

HEAD = """\
# Differences that were looked at, explained and accepted, one by one. An entry pins both values; where
# the difference is gone or has changed, the entry fails the run. Written by `parity known`.
"""

_FAILING = (Verdict.DIALECT, Verdict.RUST_DRIFT, Verdict.GO_DRIFT, Verdict.BOTH_DRIFT, Verdict.SPLIT)


def run(options: argparse.Namespace) -> int:
    """Add the divergences that match, or drop the entries that no longer occur."""
    path = options.known or options.probes / suite.KNOWN_FILE
    entries = known.load(path)
    outcomes = _outcomes(options, entries)
    kept = _added(options, entries, outcomes) if options.action == "add" else _pruned(entries, outcomes)
    files.write(path, HEAD + _yaml(kept))
    Console(highlight=False).print(f"{path}: {len(entries)} entries before, {len(kept)} now", soft_wrap=True)
    return 0


def _outcomes(options: argparse.Namespace, entries: Sequence[Entry]) -> list[Outcome]:
    """The outcomes of a full run, judged anew. Raises Mistake where probes are missing in it."""
    events = rejudged(options.recording, suite.load_masks(options.probes), entries)
    outcomes = [event.outcome for event in events if isinstance(event, Judged)]
    probes = suite.load(options.probes, rosters.load(ROSTER), suite.Names(ollama_provider="parity-ollama"))
    missing = {probe.id for probe in probes} - {outcome.probe.id for outcome in outcomes}
    unseen = {
        outcome.probe.id for outcome in outcomes if outcome.verdict in (Verdict.BROKEN, Verdict.SKIPPED)
    }
    if missing or unseen:
        lacking = sorted(missing | unseen)
        what = f"is not a full run: {len(lacking)} probes are missing, {lacking[0]} first"
        raise Mistake(what, Place(str(options.recording)))
    return outcomes


def _added(options: argparse.Namespace, entries: Sequence[Entry], outcomes: list[Outcome]) -> list[Entry]:
    if not options.right or not options.reason:
        raise Mistake("`parity known add` needs --right and --reason")
    new = [
        Entry(
            probe=outcome.probe.id,
            surface=difference.surface.value,
            path=difference.path,
            values=(pin(outcome.probe, difference, "rust"), pin(outcome.probe, difference, "go")),
            right=options.right,
            reason=options.reason,
            place=outcome.probe.place,
        )
        for outcome in _wanted(options.probes_wanted, outcomes)
        for difference in outcome.differences
    ]
    return sorted([*entries, *new], key=lambda entry: (entry.probe, entry.surface, entry.path))


def _wanted(patterns: list[str], outcomes: list[Outcome]) -> Iterator[Outcome]:
    for outcome in outcomes:
        matched = not patterns or any(fnmatchcase(outcome.probe.id, pattern) for pattern in patterns)
        if matched and outcome.verdict in _FAILING:
            yield outcome


def _pruned(entries: Sequence[Entry], outcomes: list[Outcome]) -> list[Entry]:
    ledger = known.Ledger(entries)
    for outcome in outcomes:
        ledger.settle(outcome)
    stale = {*ledger.stale(outcome.probe.id for outcome in outcomes)}
    stale |= {*ledger.orphans(outcome.probe.id for outcome in outcomes)}
    return [entry for entry in entries if entry not in stale]


def _yaml(entries: Sequence[Entry]) -> str:
    grouped = groupby(entries, key=lambda entry: (entry.probe, entry.right, entry.reason))
    items = [_item(*key, list(places)) for key, places in grouped]
    return yaml.dump({"known": items}, sort_keys=False, allow_unicode=True, width=120, Dumper=_Quoting)


def _item(probe: str, right: str, reason: str, places: list[Entry]) -> dict[str, Any]:
    return {"probe": probe, "right": right, "reason": reason, "places": [_place(entry) for entry in places]}


def _place(entry: Entry) -> dict[str, Any]:
    values = dict(zip(RUNTIMES, map(_Pinned, entry.values), strict=True))
    return {"surface": entry.surface, "path": entry.path, **values}


class _Pinned(str):
    """A pinned value: always quoted, since `1` or `null` would else be read as what it looks like."""

    __slots__ = ()


class _Quoting(yaml.SafeDumper):
    """Writes pinned values in quotes."""


def _quoted(dumper: yaml.SafeDumper, value: _Pinned) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style="'")


_Quoting.add_representer(_Pinned, _quoted)
