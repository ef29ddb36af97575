"""One shard's search among texts: batches through the pipes, signatures, shrinking, and on it goes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity.fuzz import interruption
from lakehouse_parity.fuzz.findings import Finding, Harvest
from lakehouse_parity.fuzz.shrink import shrink
from lakehouse_parity.fuzz.signature import Signature, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lakehouse_parity.fuzz.answers import Answers
    from lakehouse_parity.fuzz.sides import Asked, Sides

TRIES = 3
"""Examples of one signature that are shrunk: one that is no drift of its own may hide another."""


class Budget(Struct, frozen=True):
    """How long a search goes on: until one of the two is used up."""

    seconds: float | None = None
    examples: int | None = None

    def left(self, began: float, executed: int) -> bool:
        """Whether anything is left, and nobody has asked for an end."""
        if interruption.asked():
            return False
        in_time = self.seconds is None or time.monotonic() - began < self.seconds
        return in_time and (self.examples is None or executed < self.examples)


class TextHunt:
    """Findings among texts, from one seed."""

    def __init__(self, sides: Sides, seed: int, *, dialects: bool = True) -> None:
        self._sides = sides
        self._seed = seed
        self._dialects = dialects
        self._began = time.monotonic()
        self._tried: dict[Signature, list[Signature]] = {}
        self._findings: dict[Signature, Finding] = {}
        self.executed = 0
        self.predicted = 0
        self.interrupted = False

    def run(
        self, batches: Iterable[Sequence[str]], budget: Budget, enough: Callable[[], bool] | None = None
    ) -> Harvest:
        """Search until the budget is used up, there is enough, or Ctrl-C; what was found is kept."""
        self._began = time.monotonic()
        try:
            for batch in _bounded(batches, budget.examples):
                self._batch(batch)
                if not budget.left(self._began, self.executed) or (enough is not None and enough()):
                    break
        except KeyboardInterrupt:
            self.interrupted = True
        return self.harvest

    @property
    def harvest(self) -> Harvest:
        """What was found up to now."""
        findings = tuple(self._findings[signature] for signature in sorted(self._findings))
        return Harvest(self.executed, self.predicted, findings, self.interrupted)

    def _batch(self, batch: Sequence[str]) -> None:
        for asked in self._sides.differing(batch):
            if not asked.drifts and self._dialects:
                self.predicted += 1
            else:
                self._look(asked)
        self.executed += len(batch)

    def _look(self, asked: Asked) -> None:
        """Give a text to its class: a new one is shrunk, one that is known well is counted."""
        signature = sign(asked.raw, asked.answers, dialects=self._dialects)
        if signature is None:
            self.predicted += 1
            return
        tried = self._tried.setdefault(signature, [])
        if len(tried) >= TRIES:
            self._count(tried[0])
            return
        finding = self._shrunk(asked.raw, signature)
        tried.append(finding.signature)
        there = self._findings.get(finding.signature)
        self._findings[finding.signature] = finding if there is None else there.merged(finding)

    def _count(self, signature: Signature) -> None:
        finding = self._findings[signature]
        self._findings[signature] = replace(finding, count=finding.count + 1)

    def _shrunk(self, raw: str, signature: Signature) -> Finding:
        """The smallest text of the same class, under the name that it has then."""
        smallest = shrink(raw, lambda texts: self._held(texts, signature))
        (answers,) = self._sides.answers([smallest])
        final = sign(smallest, answers, dialects=self._dialects) or signature
        return self._finding(smallest, answers, final)

    def _held(self, texts: Sequence[str], wanted: Signature) -> list[bool]:
        asked = zip(texts, self._sides.answers(texts), strict=True)
        signed = (sign(raw, answers, wanted, dialects=self._dialects) for raw, answers in asked)
        return [wanted.holds(each) for each in signed]

    def _finding(self, raw: str, answers: Answers, signature: Signature) -> Finding:
        return found(signature, raw, answers, self._seed, time.monotonic() - self._began)


def found(signature: Signature, raw: str, answers: Answers, seed: int, seconds: float) -> Finding:
    """The finding of a text; the reference is that of the runtime which stands apart."""
    reference = answers.reference_go if signature.apart == "go" else answers.reference
    rust, go, expected = (_shown(answer) for answer in (answers.rust, answers.go, reference))
    return Finding(signature, raw, rust, go, expected, seed, round(seconds, 3))


def _shown(answer: bytes) -> str:
    return "{" + answer.decode(errors="replace")


def _bounded(batches: Iterable[Sequence[str]], examples: int | None) -> Iterator[Sequence[str]]:
    """The batches, cut where there are enough examples."""
    left = examples
    for batch in batches:
        yield batch if left is None else batch[:left]
        left = None if left is None else left - len(batch)
