"""Whether a probe costs the same in a run of many as in one of few; and judging a run again.

The time for a probe is the slope between two sizes, so that the start of the program, which is the same for
all, does not count. The points stay in `reports/bench-scale.json`, from which `make bench-docs` draws.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import daemons, generated, rounds
from benchmarks.rounds import Goal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.daemons import Daemons
    from benchmarks.rounds import Figure, Times

COMMAND = "python -m benchmarks --only scale"
SIZES = (100, 1_000, 10_000)
LARGEST = 100_000
"""It takes a minute, and so has one round, in which the size before it is run once more; and one run before,
so that its files, as those of all others in most rounds, have been read by an earlier run."""
POINTS = Path("reports/bench-scale.json")


def figures(count: int, *, quick: bool) -> Iterator[Figure]:
    """The slope of the large sizes against that of the small ones; `rejudge` and `show` against the run."""
    sizes = (50, 100, 200) if quick else SIZES
    with tempfile.TemporaryDirectory() as folder, daemons.up(Path(folder)) as up:
        rooms = [_Room(up, Path(folder), size) for size in sizes]
        activities = {room.name: room.run for room in rooms} | rooms[-1].again()
        times = rounds.interleaved(COMMAND, activities, count)
        yield _flat(rooms, times)
        yield _memory(rooms)
        last = rooms[-1].name
        for each in ("rejudge", "show"):
            yield times.figure(f"parity {each}, a recording of {sizes[-1]:,}", each, last, Goal(0.1))
        if not quick:
            largest = _Room(up, Path(folder), LARGEST)
            largest.run()
            once = rounds.interleaved(COMMAND, {last: rooms[-1].run, largest.name: largest.run}, 1)
            yield _larger(rooms, largest, times, once)
            yield _memory([rooms[-1], largest])
            _write([*((room, times) for room in rooms), (largest, once)])


class _Room:
    """Probes of one number, and where their run goes."""

    def __init__(self, up: Daemons, work: Path, size: int) -> None:
        self.size, self.name = size, f"the run of {size:,} probes"
        self.megabytes: list[float] = []
        self._probes, self._out = work / f"probes-{size}", work / f"out-{size}"
        self._command = up.run(self._probes, self._out)
        generated.validate(self._probes, size)

    def run(self) -> float:
        """Seconds of a run; its memory is kept."""
        seconds, megabytes = rounds.observed(self._command)
        self.megabytes.append(megabytes)
        return seconds

    def again(self) -> dict[str, rounds.Activity]:
        """What is done with the recording of the run before."""
        probes, recording = ["--probes", str(self._probes)], str(self._out / "recording.jsonl")
        one = f"validate/v-{self.size // 2:06}"
        rejudge = [daemons.PARITY, "rejudge", recording, *probes]
        show = [daemons.PARITY, "show", one, "--recording", recording, *probes]
        return {"rejudge": lambda: rounds.process(rejudge), "show": lambda: rounds.process(show)}


def _slopes(rooms: list[_Room], times: Times, number: int) -> list[float]:
    taken = [(room.size, times.seconds[room.name][number]) for room in rooms]
    return [(after - before) / (many - few) for (few, before), (many, after) in pairwise(taken)]


def _flat(rooms: list[_Room], times: Times) -> Figure:
    count = len(times.seconds[rooms[0].name])
    slopes = [_slopes(rooms, times, number) for number in range(count)]
    few, some, many = (room.size for room in rooms)
    against = f"from {few:,} to {some:,}"
    name = f"time for a probe, from {some:,} to {many:,}"
    told = " / ".join(
        f"{statistics.median(each) * 1e3:.2f} ms a probe" for each in reversed([*zip(*slopes, strict=True)])
    )
    found = rounds.figure(name, [late / early for early, late in slopes], against, COMMAND, Goal(1.25))
    return replace(found, told=told)


def _larger(rooms: list[_Room], largest: _Room, times: Times, once: Times) -> Figure:
    """The slope to the largest size, of one round, against that of the sizes before, of each of theirs."""
    few, some = rooms[-2:]
    [slope] = _slopes([some, largest], once, 0)
    before = [_slopes([few, some], times, number)[0] for number in range(len(times.seconds[few.name]))]
    name = f"time for a probe, from {some.size:,} to {largest.size:,}, once"
    against = f"from {few.size:,} to {some.size:,}"
    told = f"{slope * 1e3:.2f} ms a probe / {statistics.median(before) * 1e3:.2f} ms a probe"
    found = rounds.figure(name, [slope / each for each in before], against, COMMAND, Goal(1.25))
    return replace(found, told=told)


def _memory(rooms: list[_Room]) -> Figure:
    some, many = rooms[-2:]
    usual = statistics.median(some.megabytes)
    values = [each / usual for each in many.megabytes]
    told = " / ".join(f"{max(room.megabytes):.0f} MB" for room in (many, some))
    found = rounds.figure(f"memory of {many.name}", values, some.name, COMMAND)
    return replace(found, told=told)


def _write(points_of: list[tuple[_Room, Times]]) -> None:
    points = [
        {
            "probes": room.size,
            "seconds": sorted(times.seconds[room.name]),
            "megabytes": sorted(room.megabytes),
        }
        for room, times in points_of
    ]
    POINTS.parent.mkdir(exist_ok=True)
    POINTS.write_text(json.dumps(points) + "\n")
