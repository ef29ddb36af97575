"""`parity show`: one recorded probe whole; nothing of the recording is read but what is asked for."""

from __future__ import annotations

import json
import sys
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse_parity import known, lossless, suite
from lakehouse_parity.alike import Judge
from lakehouse_parity.commands import known_list
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.events import Judged, Started
from lakehouse_parity.recorded import read
from lakehouse_parity.rejudging import again, day
from lakehouse_parity.reports import files, probe_json, probe_view, terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from lakehouse_parity.events import RuntimeFacts
    from lakehouse_parity.model import Verdict

_SUGGESTIONS = 5
_STANDARD_OUTPUT = "-"


def run(options: argparse.Namespace) -> int:
    """Print each probe that matches; the exit code says only whether there was one."""
    screen = terminal.screen()
    started, found = _find(options.recording, options.probe)
    judge = Judge(suite.load_masks(options.probes))
    ledger = known.Ledger(known_list.entries(options, screen), day(started, options.recording))
    judged = [(again(event, judge, ledger), event.outcome.verdict) for event in found]
    if options.json:
        _write_json(options.json, judged, started.runtimes)
        return 0
    for number, (event, recorded) in enumerate(judged):
        if number:
            screen.print()
        probe_view.show(event, recorded, started.runtimes, screen)
    return 0


def _find(path: Path, pattern: str) -> tuple[Started, list[Judged]]:
    """How the run began, and its probes that match. Raises Mistake where there is none."""
    names: list[str] = []

    def wanted(name: str) -> bool:
        names.append(name)
        return fnmatchcase(name, pattern)

    started, found = None, []
    for event in read(path, wanted):
        if isinstance(event, Started):
            started = event
        elif isinstance(event, Judged) and fnmatchcase(event.outcome.probe.id, pattern):
            found.append(event)
    if started is None or not found:
        raise Mistake(_nothing(pattern, names), Place(str(path)))
    return started, found


def _nothing(pattern: str, names: list[str]) -> str:
    """What to say where nothing matches: the names that come close."""
    bare = pattern.replace("*", "")
    inside = [name for name in names if bare and bare in name]
    close = [*dict.fromkeys([*inside, *get_close_matches(pattern, names, _SUGGESTIONS, 0.5)])][:_SUGGESTIONS]
    hint = f"; did you mean {', '.join(close)}?" if close else f"; it has {len(names)} probes"
    return f"no probe matches {pattern!r}{hint}"


def _write_json(
    place: str, judged: list[tuple[Judged, Verdict]], runtimes: Mapping[str, RuntimeFacts]
) -> None:
    probes = [probe_json.build(event, recorded.value, runtimes) for event, recorded in judged]
    value = {"schema": probe_json.SCHEMA, "probes": probes}
    text = lossless.encodable(json.dumps(value, ensure_ascii=False, indent=1)) + "\n"
    if place == _STANDARD_OUTPUT:
        sys.stdout.write(text)
    else:
        files.write(Path(place), text)
