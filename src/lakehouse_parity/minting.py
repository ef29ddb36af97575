"""Minted ids of one run: each runtime has to give every call, and every span, one of its own (TR-3, SP-2).

An id that another call was sent is none.

No probe can see this alone, so it is looked at across all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity import lossless
from lakehouse_parity.model import RUNTIMES, Difference, Surface, Verdict
from lakehouse_parity.verdict import combine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lakehouse_parity.model import Observation, Outcome, Probe, Tree

_DRIFTS = {"rust": Verdict.RUST_DRIFT, "go": Verdict.GO_DRIFT}
_ITERATE = "/v1/iterate"
_CLAUSES = {Surface.BODY: "TR-3", Surface.SESSION_ROW: "TR-3", Surface.SPAN: "SP-2"}
_OWN = "(an id that no other call has)"
_REASON = "the id minted for this call is another call's too"


class Minted:
    """The ids that each runtime has minted or was sent so far, with the probe that got them."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], str] = {}
        self._sent: dict[str, str] = {}

    def hold(self, outcome: Outcome, seen: Mapping[str, Observation]) -> Outcome:
        """The outcome, with a difference for each runtime that gave this call an id that is another's."""
        if outcome.probe.trace:
            self._sent.setdefault(outcome.probe.trace, outcome.probe.id)
        twice = tuple(self._twice(outcome, seen))
        if not twice:
            return outcome
        differences = (*outcome.differences, *twice)
        verdict = combine(difference.verdict for difference in differences)
        reason = outcome.reason if outcome.differences else _REASON
        return replace(outcome, differences=differences, verdict=verdict, reason=reason)

    def _twice(self, outcome: Outcome, seen: Mapping[str, Observation]) -> Iterator[Difference]:
        for runtime in RUNTIMES:
            for surface, path, minted in _minted(outcome.probe, seen[runtime]):
                first = self._seen.setdefault((runtime, minted), outcome.probe.id)
                how = "sent" if minted in self._sent else "minted"
                first = self._sent.get(minted, first)
                if first != outcome.probe.id:
                    values = {runtime: f"{minted} ({how} for {first} too)", "reference": _OWN}
                    yield Difference(surface, path, values, _DRIFTS[runtime], _CLAUSES[surface])


def _minted(probe: Probe, observation: Observation) -> Iterator[tuple[Surface, str, str]]:
    """Each id that this call was given, with its place."""
    if probe.request.path == _ITERATE and observation.answer is not None:
        yield from _traces(probe, observation)
    for index, span in enumerate(observation.spans or ()):
        minted = _member(span, "id")
        if minted is not None:
            yield Surface.SPAN, f"$[{index}].id", minted


def _traces(probe: Probe, observation: Observation) -> Iterator[tuple[Surface, str, str]]:
    """Where an id stands that was not sent: in the answer, else in the row of a call that has none there."""
    assert observation.answer is not None
    sent = {"", *(value.decode("latin-1").strip() for _, value in probe.request.headers)}
    answered = _member(observation.answer.body, "trace_id")
    places = [(Surface.BODY, "$.trace_id", answered)]
    if answered is None:
        rows = observation.rows or ()
        places = [(Surface.SESSION_ROW, "$.session_id", _member(row, "session_id")) for row in rows]
    for surface, path, minted in places:
        if minted is not None and minted not in sent:
            yield surface, path, minted


def _member(data: bytes, name: str) -> str | None:
    try:
        value: Tree = lossless.parse(data)[name]
    except (lossless.NotJson, KeyError, TypeError):
        return None
    return value if isinstance(value, str) else None
