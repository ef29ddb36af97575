"""Checking the folder: digests first, then the recording judged again, then the claim made anew from that."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from lakehouse_parity import known, suite, textfile
from lakehouse_parity.claims import bundle
from lakehouse_parity.claims.claim import claim
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.rejudging import rejudged
from lakehouse_parity.reports.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Checked(Struct):
    """What came of it: the claim, and what speaks against it, one sentence each."""

    claim: dict[str, Any]
    files: int
    probes: int = 0
    complaints: list[str] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        """Whether nothing speaks against the claim."""
        return not self.complaints


def verify(folder: Path) -> Checked:
    """Check everything. Raises Mistake where the folder is no evidence at all."""
    manifest = _manifest(folder)
    checked = Checked(manifest["claim"], len(manifest["files"]))
    checked.complaints += _digests(folder, manifest["files"])
    if not checked.complaints:
        checked.complaints += _judged_again(folder, checked)
    return checked


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / bundle.MANIFEST
    place = Place(str(path))
    try:
        found = json.loads(textfile.read(path))
    except (ValueError, RecursionError):
        raise Mistake("is not JSON", place) from None
    if not isinstance(found, dict) or found.get("schema") != bundle.SCHEMA:
        raise Mistake(f"is no manifest of {bundle.SCHEMA}", place)
    for member in ("claim", "files"):
        if not isinstance(found.get(member), dict):
            raise Mistake(f"has no {member!r}", place)
    return found


def _digests(folder: Path, listed: dict[str, Any]) -> Iterator[str]:
    """Files that are missing, changed, or in no manifest; nothing outside the folder is opened."""
    there = set(bundle.listed(folder))
    yield from (f"{name} is in the folder and not in the manifest" for name in sorted(there - set(listed)))
    for name, expected in listed.items():
        path = folder / name
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or path.is_symlink():
            yield f"{name} leads out of the folder"
        elif name not in there:
            yield f"{name} is missing"
        elif not path.is_file():
            yield f"{name} is no file"
        elif bundle.digest(path) != expected:
            yield f"{name} has changed since the manifest was written"


def _judged_again(folder: Path, checked: Checked) -> Iterator[str]:
    summary = Summary()
    masks, entries = suite.load_masks(folder / bundle.PROBES), known.load(folder / bundle.KNOWN)
    for event in rejudged(folder / bundle.RECORDING, masks, entries):
        summary(event)
    checked.probes = len(summary.outcomes)
    yield from _verdicts(folder, summary)
    again = claim(summary)
    if again != checked.claim:
        yield f"judged again, the recording says: {again['sentence']}"


def _verdicts(folder: Path, summary: Summary) -> Iterator[str]:
    """Probes whose verdict in the report is not the one that the recording gives."""
    path = folder / bundle.REPORT
    try:
        outcomes = json.loads(path.read_text(encoding="utf-8"))["outcomes"]
        reported = {outcome["probe"]: outcome["verdict"] for outcome in outcomes}
    except (OSError, ValueError, KeyError, TypeError):
        yield f"{bundle.REPORT} is no report"
        return
    found = {outcome.probe.id: outcome.verdict.value for outcome in summary.outcomes}
    for probe in sorted(reported.keys() | found.keys()):
        then, now = reported.get(probe, "not there"), found.get(probe, "not there")
        if then != now:
            yield f"{probe} is {then} in the report and {now} by the recording"
