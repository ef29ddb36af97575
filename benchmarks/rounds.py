"""Interleaved rounds: every activity once a round, in turn, so that a busy machine meets all of them alike.

What is told is the ratio of two activities within a round, its median and its extremes over the rounds: what
was slow in a round was slow for both. Seconds are told beside it, and are of this machine alone.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


Activity = Callable[[], float]
"""Does something once, and gives what it took, in seconds."""


def environment() -> dict[str, str]:
    """This process's, in which an interpreter keeps what it has compiled, as is usual."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(Path("build/bench/compiled").absolute())}


@dataclass(frozen=True, slots=True)
class Goal:
    """What a ratio ought to be."""

    bound: float
    at_least: bool = False
    """Whether the ratio should be more than the bound, not less."""

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"

    def met(self, ratio: float) -> bool:
        """Whether a ratio keeps to it."""
        return ratio >= self.bound if self.at_least else ratio <= self.bound


@dataclass(frozen=True, slots=True)
class Figure:
    """One ratio, with what it is of."""

    name: str
    ratio: float
    low: float
    high: float
    against: str
    command: str
    goal: Goal | None = None
    told: str = ""
    """Medians in the units that they were measured in."""

    def document(self) -> dict[str, object]:
        """Its member of the JSON file."""
        found: dict[str, object] = {
            "name": self.name,
            "ratio": round(self.ratio, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "against": self.against,
            "command": self.command,
        }
        if self.goal:
            found |= {"goal": str(self.goal), "met": self.goal.met(self.ratio)}
        return found | ({"told": self.told} if self.told else {})


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of each activity, one a round."""

    seconds: dict[str, list[float]]
    command: str
    """What measures them again."""

    def ratios(self, one: str, other: str) -> list[float]:
        """One activity against another, round by round."""
        return [mine / its for mine, its in zip(self.seconds[one], self.seconds[other], strict=True)]

    def told(self, *names: str) -> str:
        """The medians, to be told beside a ratio."""
        return " / ".join(_readable(statistics.median(self.seconds[name])) for name in names)

    def figure(self, name: str, one: str, against: str, goal: Goal | None = None) -> Figure:
        """One activity against another, as a figure of that name."""
        found = figure(name, self.ratios(one, against), against, self.command, goal)
        return replace(found, told=self.told(one, against))


def figure(
    name: str, values: Sequence[float], against: str, command: str, goal: Goal | None = None
) -> Figure:
    """The figure of one ratio a round."""
    return Figure(name, statistics.median(values), min(values), max(values), against, command, goal)


def interleaved(command: str, activities: Mapping[str, Activity], rounds: int) -> Times:
    """Seconds of each activity in each round; every round begins with another one."""
    times: dict[str, list[float]] = {name: [] for name in activities}
    order = list(activities)
    for _ in range(rounds):
        for name in order:
            times[name].append(activities[name]())
        order.append(order.pop(0))
    return Times(times, command)


def _readable(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def process(command: Sequence[str], folder: Path | None = None) -> float:
    """Seconds of a whole process. Raises RuntimeError, with what it said, where it fails."""
    return observed(command, folder)[0]


def observed(command: Sequence[str], folder: Path | None = None) -> tuple[float, float]:
    """Seconds of a whole process, and the megabytes that it held at most. Raises RuntimeError.

    A process of its own starts it: Linux counts what the starting one has held as the started one's, too.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as seen:
        starting = [sys.executable, "-S", "-c", _STARTING, str(seen.fileno()), *command]
        ended = subprocess.run(
            starting,
            stdout=said,
            stderr=said,
            cwd=folder,
            env=environment(),
            pass_fds=[seen.fileno()],
            check=False,
        )
        if ended.returncode:
            said.seek(0)
            told = said.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(command)} ended with {ended.returncode}:\n{told}")
        seen.seek(0)
        took, kilobytes = map(float, seen.read().split())
    return took, kilobytes / 1024


_STARTING = """
import os, sys, time
began = time.perf_counter()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
os.write(int(sys.argv[1]), b"%f %d" % (time.perf_counter() - began, usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def timed(work: Callable[[], object]) -> float:
    """Seconds of a piece of work in this process."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def machine() -> str:
    """What it was measured on."""
    processor = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{os.cpu_count()} x {processor}, {memory:.0f} GB, {platform.system()} {platform.release()}, "
        f"{platform.python_implementation()} {platform.python_version()}, load at the start {load}"
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
