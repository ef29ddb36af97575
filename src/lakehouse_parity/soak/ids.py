"""The calls without a trace id: each gets one, no two the same one (TR-3), and it joins them to their row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity import lossless
from lakehouse_parity.normalise import TRACE_HEADER
from lakehouse_parity.soak.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.model import Answer, Tree
    from lakehouse_parity.soak.stories import Evidence

_EXHAUSTED = 422
_PLACES = {
    "IT-16": "status $",
    "IT-28": "body $",
    "TR-6": f"model_request $[0].headers.{TRACE_HEADER}",
    "TR-8": "session_row $.session_id",
}
"""Where a clause of these is broken; the others are about the id in the answer."""


class Ids:
    """All ids that were minted, with who minted them for which call."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._minted: dict[str, tuple[str, int]] = {}

    def count(self, runtime: str) -> int:
        """How many different ids a runtime minted."""
        return sum(owner == runtime for owner, _ in self._minted.values())

    def findings(self, number: int) -> Iterator[Finding]:
        """What is wrong with one call."""
        for runtime, seat in self._evidence.seats.items():
            if number in seat.answers:
                for rule, clause, detail in self._told(runtime, number, seat.answers[number]):
                    place = _PLACES.get(clause, "body $.trace_id")
                    yield Finding(rule, clause, runtime, f"call {number}: {detail}", number, place=place)

    def _told(self, runtime: str, number: int, answer: Answer) -> Iterator[tuple[str, str, str]]:
        body = _parsed(answer.body)
        if answer.status != _EXHAUSTED or not isinstance(body, dict):
            yield "answer", "IT-16", f"is answered with {answer.status}, not {_EXHAUSTED} and JSON"
            return
        minted = body.get("trace_id")
        if not isinstance(minted, str) or not minted:
            yield "answer", "TR-5", f"has the trace id {lossless.write(minted)}"
            return
        if others := self._evidence.calls.marks(answer.body) - {number}:
            yield "foreign-content", "IT-28", f"holds something of call {min(others)}"
        yield from self._again(runtime, number, minted)
        yield from self._joined(runtime, number, minted)

    def _again(self, runtime: str, number: int, minted: str) -> Iterator[tuple[str, str, str]]:
        """TR-3: no id is minted twice, by either of the two."""
        other = self._minted.setdefault(minted, (runtime, number))
        if other != (runtime, number):
            yield "id-twice", "TR-3", f"has the id {minted!r}, which {other[0]} minted for call {other[1]}"

    def _joined(self, runtime: str, number: int, minted: str) -> Iterator[tuple[str, str, str]]:
        """TR-6 and TR-8: the same id at the model provider and in the row."""
        for request in self._evidence.playing.requests.get((runtime, number), ()):
            carried = [value for name, value in request.headers if name == TRACE_HEADER]
            if carried != [minted]:
                yield "model-request", "TR-6", f"carries {carried} to the provider, not {minted!r}"
        lines = self._evidence.rows.own.get((runtime, number), ()) if self._evidence.rows else ()
        for line in lines[:1]:
            session = lossless.parse(line.data).get("session_id")
            if session != minted:
                yield "row", "TR-8", f"has the session id {lossless.write(session)}, not {minted!r}"


def _parsed(body: bytes) -> Tree:
    try:
        return lossless.parse(body)
    except lossless.NotJson:
        return None
