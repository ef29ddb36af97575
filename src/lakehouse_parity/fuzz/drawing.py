"""Cases for a shard: Hypothesis draws some, and their parts are put together anew many times.

Hypothesis draws a few dozen requests a second. A round wants hundreds, so members, steps and values
of those that were drawn are exchanged; every member that is ever asked was drawn by a strategy.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from lakehouse_parity.fuzz import strategies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from hypothesis.strategies import SearchStrategy

    from lakehouse_parity.fuzz.cases import Case

STRATEGIES: dict[str, Callable[[], SearchStrategy[Case]]] = {
    "extract": strategies.extract_cases,
    "validate": strategies.validate_cases,
    "iterate": strategies.iterate_cases,
}
DRAWN = 24
"""Cases that are drawn for a round."""
KEPT = 240
"""Drawn cases whose parts are used again."""
_EXCHANGES = 3


def draw(strategy: SearchStrategy[Any], count: int, number: int) -> list[Any]:
    """The examples that a strategy gives from a seed, the same every time."""
    found: list[Any] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def take(example: Any) -> None:
        found.append(example)

    take()
    return found[:count]


def rounds(chapter: str, random: Random, size: int) -> Iterator[list[Case]]:
    """Rounds of cases without end."""
    known: list[Case] = []
    while True:
        drawn = draw(STRATEGIES[chapter](), min(DRAWN, size), random.getrandbits(32))
        known = (known + drawn)[-KEPT:]
        yield drawn + [_crossed(random, known) for _ in range(size - len(drawn))]


def _crossed(random: Random, known: list[Case]) -> Case:
    """A case with some parts of other cases."""
    case: dict[str, Any] = copy.deepcopy(dict(random.choice(known)))
    for _ in range(random.randint(1, _EXCHANGES)):
        _exchange(random, case, random.choice(known))
    return case


def _exchange(random: Random, case: dict[str, Any], other: Case) -> None:
    """Take one member from the other: a step of the script, or one of the request."""
    key = random.choice(sorted(other))
    theirs, ours = other[key], case.get(key)
    if isinstance(theirs, dict) and isinstance(ours, dict) and theirs:
        name = random.choice(sorted(theirs))
        ours[name] = copy.deepcopy(theirs[name])
    elif isinstance(theirs, list) and isinstance(ours, list) and theirs:
        ours.insert(random.randint(0, len(ours)), copy.deepcopy(random.choice(theirs)))
    elif isinstance(theirs, str) and isinstance(ours, str):
        case[key] = ours[: random.randint(0, len(ours))] + theirs[random.randint(0, len(theirs)) :]
