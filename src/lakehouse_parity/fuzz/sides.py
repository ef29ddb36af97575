"""Both runtimes and the reference in both dialects, asked the same texts at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity.fuzz.answers import Answers, References
from lakehouse_parity.model import RUNTIMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lakehouse_parity.fuzz.batch import Side
    from lakehouse_spec.dialects import Dialect


class Asked(Struct, frozen=True):
    """One text on which not all are the same: drifting from the reference, or by dialect."""

    raw: str
    answers: Answers
    drifts: bool
    """Whether a runtime differs from the reference in its own dialect, in whatever way."""


class Sides:
    """The four of them. Close them when done."""

    def __init__(self, sides: Mapping[str, Side], dialects: Mapping[str, Dialect]) -> None:
        self._sides = [sides[name] for name in RUNTIMES]
        self._references = References(*(dialects[name] for name in RUNTIMES))
        self._threads = ThreadPoolExecutor(len(self._sides))

    def differing(self, raws: Sequence[str]) -> Iterator[Asked]:
        """Ask them all, and give those texts on which the answers are not the same.

        The runtimes answer while the reference does. Written forms differ from dialect to dialect, so
        runtimes are held to the bytes of their own reference and the references to each other's values.
        """
        flying = [self._threads.submit(side.ask, raws) for side in self._sides]
        expected = list(map(self._references.look, raws))
        said = zip(raws, expected, *(answers.result() for answers in flying), strict=True)
        for raw, ((value, reference), (value_go, reference_go)), rust, go in said:
            drifts = rust != reference or go != reference_go
            if drifts or value != value_go:
                yield Asked(raw, Answers(rust, go, reference, reference_go), drifts)

    def answers(self, raws: Sequence[str]) -> list[Answers]:
        """The answers to a few texts, one side after the other: threads would cost more than they save."""
        said = [side.ask(raws) for side in self._sides]
        expected = map(self._references.look, raws)
        return [
            Answers(rust, go, reference[1], reference_go[1])
            for rust, go, (reference, reference_go) in zip(*said, expected, strict=True)
        ]

    def close(self) -> None:
        """End what was started."""
        self._threads.shutdown()
        for side in self._sides:
            side.close()
