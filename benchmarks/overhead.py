"""What the harness's own code costs for each probe, stage by stage, without sockets.

The answers are those of a run against both bundled daemons, read from its recording: stage by stage they go
through the very functions that a run calls. Loading is that of files that an earlier run has read; judging
remembers answers that were at parity, of which these probes have few. What each takes where nothing was read
and nothing is remembered is told beside, and so is what the references say, for both runtimes.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import daemons, generated, rounds
from benchmarks.rounds import Goal

from lakehouse_parity import config as configuration
from lakehouse_parity import loading, recorded, rosters
from lakehouse_parity.alike import Judge
from lakehouse_parity.events import Judged
from lakehouse_parity.judging import judge
from lakehouse_parity.kept import Kept
from lakehouse_parity.ready import Ready
from lakehouse_parity.recording import Recorder
from lakehouse_parity.reports import writing
from lakehouse_parity.targets.reference import Reference, both

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.rounds import Figure

    from lakehouse_parity.engine import Plan
    from lakehouse_parity.model import Observation, Outcome, Probe

COMMAND = "python -m benchmarks --only overhead"
BUDGET = 0.3e-3
"""Seconds that the harness may take for a probe."""
ALLOWED = "0.3 ms"
STAGES = ("load", "judge", "record", "report")
BESIDE = ("load anew", "judge anew", "reference")


def figures(count: int, *, quick: bool) -> Iterator[Figure]:
    """The sum of the stages against the budget."""
    size = 200 if quick else 1_000
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        with daemons.up(work) as up:
            generated.validate(work / "probes", size)
            rounds.process(up.run(work / "probes", work / "out"))
            yield from _stages(work, up.config, size, count)


def _stages(work: Path, config: Path, size: int, count: int) -> Iterator[Figure]:
    stages = _Stages(work, config)
    activities = {name: _each(work, size) for name, work in stages.activities().items()}
    times = rounds.interleaved(COMMAND, activities, count)
    total = [sum(times.seconds[name][number] for name in STAGES) / BUDGET for number in range(count)]
    found = rounds.figure("own code for a probe, without sockets", total, ALLOWED, COMMAND, Goal(1))
    told = ", ".join(f"{name} {times.told(name)}" for name in STAGES)
    beside = ", ".join(f"{name} {times.told(name)}" for name in BESIDE)
    yield replace(found, told=f"{told}; {beside}")


def _each(work: Callable[[], object], size: int) -> Callable[[], float]:
    def seconds() -> float:
        began = time.process_time()
        work()
        return (time.process_time() - began) / size

    return seconds


class _Stages:
    """A recorded run, and each stage of a run on what it saw."""

    def __init__(self, work: Path, config: Path) -> None:
        self._config, self._folder = configuration.load(config), work
        self._roster = Kept(work / "kept-roster", b"benchmark")
        self._ready = Ready(Kept(work / "kept", b"benchmark"))
        self._plan: Plan = self._load()
        events = list(recorded.read(work / "out" / "recording.jsonl"))
        self._events = events
        self._judged = [event for event in events if isinstance(event, Judged)]
        self._references = [
            Reference.of(self._config, runtime, self._plan.roster)
            for runtime in self._config.runtimes.values()
        ]

    def activities(self) -> dict[str, Callable[[], object]]:
        return {
            "load": self._load,
            "load anew": lambda: loading.load(self._config, self._folder / "probes"),
            "reference": self._reference,
            "judge": lambda: self._judge(Judge(self._plan.masks)),
            "judge anew": lambda: self._judge(partial(judge, masks=self._plan.masks)),
            "record": lambda: self._tell(Recorder(io.StringIO())),
            "report": self._report,
        }

    def _load(self) -> Plan:
        ahead = loading.Ahead(self._ready, rosters.begin(self._config.roster, self._roster))
        return loading.load(self._config, self._folder / "probes", ahead=ahead)

    def _reference(self) -> None:
        for probe in self._plan.probes:
            both(self._references, probe)

    def _judge(self, judging: Callable[[Probe, Mapping[str, Observation]], Outcome]) -> None:
        for event in self._judged:
            judging(event.outcome.probe, event.seen)

    def _report(self) -> None:
        reports = writing.Reports()
        self._tell(reports)
        places = dict.fromkeys(("json", "junit", "html", "markdown"))
        reports.write(self._folder / "out", argparse.Namespace(**places))

    def _tell(self, listener: Callable[[Any], None]) -> None:
        for event in self._events:
            listener(event)
