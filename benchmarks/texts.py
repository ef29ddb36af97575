"""The reference's extraction next to the adapters' own, and a fuzzing campaign next to the slower one.

Each adapter is given the same lines and nothing else is done with what it answers. The reference is called
in this process, so it has no pipe to go through. A campaign is the whole of it, start-up included, on two
processes; the adapters alone run both at once, with the texts made before.
"""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks import rounds
from benchmarks.extraction import DOCUMENT
from benchmarks.fuzz import adapters, adapters_rate, build, campaign_rates
from benchmarks.rounds import Goal

from lakehouse_spec.dialects import Dialect
from lakehouse_spec.extract import extract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.rounds import Figure

COMMAND = "python -m benchmarks --only texts"
BATCH = 2_000
SLOWER = "the slower adapter alone"


def figures(count: int, *, quick: bool) -> Iterator[Figure]:
    """Extraction first, then the hunt."""
    build()
    batches = 1 if quick else 5
    yield from _extraction(batches, count)
    yield from _hunting(quick=quick, count=count)


def _extraction(batches: int, count: int) -> Iterator[Figure]:
    texts, pipes = [DOCUMENT] * BATCH * batches, adapters().pipes()
    activities: dict[str, Callable[[], float]] = {
        f"{name}'s adapter": _asked(pipes[name], texts) for name in pipes
    }
    activities |= {each.value: _extracted(texts, each) for each in Dialect}
    times = rounds.interleaved(COMMAND, activities, count)
    for dialect, name in ((Dialect.SERDE_JSON, "rust"), (Dialect.ENCODING_JSON, "go")):
        against = f"{name}'s adapter"
        yield times.figure(
            f"reference, {len(DOCUMENT)}-byte answers, {dialect.value}", dialect.value, against
        )
    for each in pipes.values():
        each.close()


def _asked(pipe, texts: list[str]) -> Callable[[], float]:
    """Seconds for a text through an adapter."""

    def ask() -> None:
        for at in range(0, len(texts), BATCH):
            pipe.ask(texts[at : at + BATCH])

    return lambda: rounds.timed(ask) / len(texts)


def _extracted(texts: list[str], dialect: Dialect) -> Callable[[], float]:
    return lambda: rounds.timed(lambda: [extract(text, dialect) for text in texts]) / len(texts)


def _hunting(*, quick: bool, count: int) -> Iterator[Figure]:
    seconds, number = (1.0, 4_000) if quick else (4.0, 40_000)
    activities: dict[str, rounds.Activity] = {
        "campaign": lambda: 1 / campaign_rates(seconds)["three-way comparisons"],
        SLOWER: lambda: 1 / adapters_rate(number),
    }
    times = rounds.interleaved(COMMAND, activities, count)
    found = times.figure("fuzzing, three ways, texts a second", SLOWER, "campaign", Goal(0.6, at_least=True))
    rates = " / ".join(f"{1 / statistics.median(times.seconds[name]):,.0f}/s" for name in times.seconds)
    yield replace(found, against=SLOWER, told=rates)
