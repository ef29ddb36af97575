"""The smallest text that is still of its class: ours, because Hypothesis shrinks only what it drew.

Candidates are tried many at a time, since a trip through the pipes costs as much as dozens of texts.
A candidate is taken where it is shorter, or as long and earlier in the alphabet, and still of the class.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from lakehouse_parity.fuzz.simpler import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lakehouse_parity.fuzz.simpler import Way

    Holds = Callable[[Sequence[str]], Sequence[bool]]

WINDOW = 32
"""Candidates that are tried at once."""
MOST = 8000
"""Candidates that are tried for one text."""


def shrink(raw: str, holds: Holds) -> str:
    """The smallest text found."""
    trial = _Trial(holds)
    before = None
    while raw != before and trial.left > 0:
        before = raw
        for way in WAYS:
            raw = trial.swept(raw, way)
    return raw


class _Trial:
    """Tries candidates, and counts them."""

    def __init__(self, holds: Holds) -> None:
        self._holds = holds
        self.left = MOST

    def swept(self, raw: str, way: Way) -> str:
        """One way of making the text simpler, from its largest steps to its smallest, from left to right."""
        for step in way.steps(raw):
            at: int | None = 0
            while at is not None and self.left > 0:
                raw, at = self._first(raw, way.candidates(raw, step, at))
        return raw

    def _first(self, raw: str, candidates: Iterator[tuple[int, str]]) -> tuple[str, int | None]:
        """The first candidate that holds and where it was; the text itself where none does."""
        smaller = (each for each in candidates if (len(each[1]), each[1]) < (len(raw), raw))
        while self.left > 0 and (window := list(islice(smaller, WINDOW))):
            self.left -= len(window)
            held = self._holds([text for _, text in window])
            for (at, text), good in zip(window, held, strict=True):
                if good:
                    return text, at
        return raw, None
