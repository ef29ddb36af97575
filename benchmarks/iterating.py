"""The share of a run that is spent waiting for the scripted model: calls of three attempts, on two daemons.

The scripted model counts the seconds from when it takes up a call until its reply is ready
(`ScriptedModel.busy`); the share is that of the seconds in which the run drives its probes. What a call
waits before it is taken up, while the harness does something else, is not in it, nor what the sockets take.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import generated, rounds
from benchmarks.rounds import Goal

from lakehouse_parity import loading, stage
from lakehouse_parity.engine import Run
from lakehouse_parity.events import Finished, Judged
from lakehouse_parity.model import Verdict
from lakehouse_parity.targets import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.rounds import Figure

COMMAND = "python -m benchmarks --only iterating"
CALLS = 2_000


def figures(count: int, *, quick: bool) -> Iterator[Figure]:
    """The share, of every round."""
    calls = 50 if quick else CALLS
    with tempfile.TemporaryDirectory() as folder:
        generated.iterate(Path(folder) / "probes", calls)
        shares = asyncio.run(_shares(Path(folder) / "probes", count))
    name = f"scripted model, {calls:,} calls of three attempts"
    found = rounds.figure(name, [busy / took for busy, took in shares], "the run", COMMAND, Goal(0.2))
    told = "busy {:.2f} s of {:.2f} s".format(*sorted(shares)[len(shares) // 2])
    yield replace(found, told=told)


async def _shares(probes: Path, count: int) -> list[tuple[float, float]]:
    plays = await bundled.build(bundled.SOURCES, lambda _: None)
    async with stage.standing(plays) as (config, doubles):
        shares = []
        for _ in range(count):
            plan = loading.load(config, probes)
            before, began = doubles.model.busy, time.perf_counter()
            await _drive(Run(plan, doubles))
            shares.append((doubles.model.busy - before, time.perf_counter() - began))
    return shares


async def _drive(run: Run) -> None:
    async for event in run.events():
        if isinstance(event, Judged) and event.outcome.verdict is not Verdict.PARITY:
            raise RuntimeError(f"{event.outcome.probe.id}: {event.outcome.reason}")
        if isinstance(event, Finished) and event.unobserved:
            raise RuntimeError("; ".join(event.unobserved))
