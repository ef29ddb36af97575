"""Comparing two answers of 1 KB that are parsed: equal ones next to `==`, others next to a plain walk.

`==` and the plain walk see what is compared here, trees whose numbers are still text; yet neither would call
`1` and `1.0` one value, or tell where only the form differs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks import rounds
from benchmarks.rounds import Figure, Goal

from lakehouse_parity import lossless
from lakehouse_parity.compare import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND = "python -m benchmarks --only comparison"
EQUALS = "=="
PLAIN = "a plain recursive walk"


def figures(count: int, *, quick: bool) -> Iterator[Figure]:
    """Two equal answers, and two that differ in one leaf."""
    times = 2_000 if quick else 50_000
    one, same, other = (lossless.parse(_answer(name)) for name in ("Ada", "Ada", "Ben"))
    measured = rounds.interleaved(
        COMMAND,
        {
            EQUALS: _repeated(times, lambda: one == same),
            "walk, equal": _repeated(times, lambda: list(walk((one, same)))),
            PLAIN: _repeated(times, lambda: plain(one, other)),
            "walk, different": _repeated(times, lambda: list(walk((one, other)))),
        },
        count,
    )
    yield measured.figure("comparing equal 1 KB answers", "walk, equal", EQUALS, Goal(5))
    name = "comparing 1 KB answers that differ in a leaf"
    yield measured.figure(name, "walk, different", PLAIN, Goal(3))


def _repeated(times: int, work: Callable[[], object]) -> Callable[[], float]:
    def seconds() -> float:
        return rounds.timed(lambda: [work() for _ in range(times)] and None) / times

    return seconds


def _answer(name: str) -> bytes:
    history = [
        {
            "iteration": number,
            "raw": f'Sure: {{"fills": [{{"candidate_id": "W-{number:03}", "name": "Worker {number}"}}]}}',
            "status": {"kind": "validation_failed", "error": '{"Schema":{"field":"x","reason":"missing"}}'},
        }
        for number in range(5)
    ]
    artifact = {"fills": [{"candidate_id": "W-001", "name": name, "score": 0.75}]}
    return json.dumps({"artifact": artifact, "iterations": 6, "history": history}).encode()


def plain(
    one: Any, other: Any, path: tuple[str | int, ...] = ()
) -> list[tuple[tuple[str | int, ...], Any, Any]]:
    """The places at which two trees differ, as one writes it in a minute."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys: Any = one.keys() | other.keys()
        return [found for key in keys for found in plain(one.get(key), other.get(key), (*path, key))]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            found
            for index, (left, right) in enumerate(zip(one, other, strict=True))
            for found in plain(left, right, (*path, index))
        ]
    return [] if one == other else [(path, one, other)]
