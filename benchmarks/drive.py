"""Validate probes against both bundled daemons, as whole processes, next to a bare client and to peers.

`parity run` loads, sends, asks the reference twice, compares, judges, records and writes its reports. The
bare client only sends the same bytes and reads the answers. The peers look at the status alone (`peers`
says what each is given): none of them compares the two daemons, or keeps what it saw.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import daemons, generated, peers, rounds
from benchmarks.rounds import Figure, Goal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.daemons import Daemons

COMMAND = "python -m benchmarks --only drive"
BARE = "bare client, one pair in flight"
BARE_16 = "bare client, 16 pairs in flight"
DRIVEN_BY_PEERS = 500
LARGE = 5_000
SLOW_PEERS, SLOW_ROUNDS = ("tavern", "schemathesis"), 3
"""Who takes so long that three rounds say enough."""


def figures(count: int, *, quick: bool) -> Iterator[Figure]:
    """Both sizes; peers at the smaller one only, and only where time is taken."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        with daemons.up(work) as up:
            yield from _against_bare(up, work, 500 if quick else LARGE, count)
            if not quick:
                yield from _against_peers(up, work, count)


def _against_bare(up: Daemons, work: Path, size: int, count: int) -> Iterator[Figure]:
    probes, requests = work / f"probes-{size}", work / f"requests-{size}"
    generated.validate(probes, size)
    daemons.record(up, probes, requests)
    times = rounds.interleaved(
        COMMAND,
        {
            "parity": lambda: rounds.process(up.run(probes, work / "out")),
            BARE: lambda: rounds.process(up.bare(requests)),
            BARE_16: lambda: rounds.process(up.bare(requests, 16)),
        },
        count,
    )
    for against, goal in ((BARE, Goal(3)), (BARE_16, None)):
        yield times.figure(f"parity run, {size:,} validate probes", "parity", against, goal)


def _against_peers(up: Daemons, work: Path, count: int) -> Iterator[Figure]:
    probes = work / f"probes-{DRIVEN_BY_PEERS}"
    generated.validate(probes, DRIVEN_BY_PEERS)
    ours = f"parity run, {DRIVEN_BY_PEERS} probes"
    activities = {ours: lambda: rounds.process(up.run(probes, work / "out"))}
    every = peers.prepared(up, work, DRIVEN_BY_PEERS)
    slow = {name: every.pop(name) for name in SLOW_PEERS}
    for some, number in ((every, count), (slow, min(count, SLOW_ROUNDS))):
        times = rounds.interleaved(COMMAND, activities | some, number)
        for name in some:
            yield times.figure(f"{name}, {DRIVEN_BY_PEERS} cases", name, ours, Goal(3, at_least=True))
