"""Each call as a whole: its answer, its row, its model requests and its spans against the reference.

It is the judge of every run that looks, so that a runtime is blamed here as it is there. Where a daemon was
ended under a call, the reference stands in for what could not be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity import lossless
from lakehouse_parity.judging import REFERENCES, judge
from lakehouse_parity.model import RUNTIMES, Observation, Surface, Verdict
from lakehouse_parity.normalise import TRACE_HEADER
from lakehouse_parity.soak.findings import Finding
from lakehouse_parity.soak.lines import at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lakehouse_parity.doubles.langfuse import LangfuseSink
    from lakehouse_parity.model import Difference, Mask, ModelRequest, Outcome
    from lakehouse_parity.redaction import Redactor
    from lakehouse_parity.soak.calls import Call, Calls
    from lakehouse_parity.soak.log import Line
    from lakehouse_parity.soak.playing import Playing
    from lakehouse_parity.soak.rows import Rows
    from lakehouse_parity.soak.seats import Seat
    from lakehouse_parity.targets.reference import Reference

_BLAMED = {
    Verdict.RUST_DRIFT: ("rust",),
    Verdict.GO_DRIFT: ("go",),
    Verdict.BOTH_DRIFT: RUNTIMES,
    Verdict.SPLIT: RUNTIMES,
}
_RULES = {
    Surface.SESSION_ROW: "row",
    Surface.MODEL_REQUEST: "model-request",
    Surface.SPAN: "span",
}
_SHOWN = 100


class Evidence(Struct, frozen=True):
    """What there is to look at."""

    calls: Calls
    seats: Mapping[str, Seat]
    rows: Rows | None
    playing: Playing
    sink: LangfuseSink | None
    reference: Reference
    """In the dialect of the first seat."""
    masks: Sequence[Mask]
    redactor: Redactor
    """What stands in a finding goes through it before it is cut."""


class Stories:
    """The calls that bring contents of their own, one after the other."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def findings(self, call: Call, expected: Sequence[Observation]) -> Iterator[Finding]:
        """What is wrong with one call, of which the references expect this."""
        seen = self._seen(call, expected)
        outcome = judge(call.probe, seen, self._evidence.masks)
        for difference in outcome.differences:
            for runtime in _BLAMED.get(difference.verdict, ("",)):
                yield self._finding(call, outcome, difference, runtime, seen)

    def left(self, number: int) -> Iterator[Finding]:
        """What of others stands in requests and row of a call that its caller left; all else is open."""
        for runtime in self._evidence.seats:
            for request in self._evidence.playing.requests.get((runtime, number), ()):
                for other in self._evidence.calls.others(number, *_sent(request)):
                    detail = f"call {number} is asked of the model with something of call {other}"
                    place = "model_request $"
                    yield Finding("foreign-content", "IT-28", runtime, detail, number, place=place)
            if line := self.line(runtime, number):
                for other in self._evidence.calls.others(number, line.data):
                    detail = f"call {number} holds something of call {other}"
                    yield at(line, Finding("spliced-line", "SE-4", runtime, detail, number))

    def _seen(self, call: Call, expected: Sequence[Observation]) -> dict[str, Observation]:
        observed = [
            self._observed(self._evidence.seats[runtime], call, reference)
            for runtime, reference in zip(RUNTIMES, expected, strict=True)
        ]
        sides = [*observed, *expected]
        if not all(
            self._traced(runtime, call, each) for runtime, each in zip(RUNTIMES, observed, strict=True)
        ):
            sides = [replace(side, spans=None, traces=None) for side in sides]
        sides = [replace(side, usage=None) for side in sides]
        if self._evidence.rows is None or self._row_is_missing(call):
            sides = [replace(side, rows=None) for side in sides]
        return dict(zip((*RUNTIMES, *REFERENCES), sides, strict=True))

    def _row_is_missing(self, call: Call) -> bool:
        """Tell whether an answered call has no row: the reference's would not have the times of the call."""
        return any(
            call.number in seat.answers and self.line(name, call.number) is None
            for name, seat in self._evidence.seats.items()
        )

    def _observed(self, seat: Seat, call: Call, reference: Observation) -> Observation:
        """What was seen of one runtime; the reference's own where a call was ended or a row is missing."""
        line = self.line(seat.name, call.number)
        rows = reference.rows if line is None else (line.data,)
        if call.number not in seat.answers:
            return replace(reference, rows=rows, model_requests=_untimed(reference.model_requests))
        requests = tuple(self._evidence.playing.requests.get((seat.name, call.number), ()))
        sink, trace = self._evidence.sink, call.probe.trace or ""
        seen = Observation(seat.answers[call.number], requests, rows)
        if sink is None:
            return seen
        return replace(seen, spans=sink.take(seat.name, trace), traces=sink.take_traces(seat.name, trace))

    def _traced(self, runtime: str, call: Call, observed: Observation) -> bool:
        """Tell whether the spans can be looked at: a daemon that was ended had some still to send."""
        seat = self._evidence.seats[runtime]
        if self._evidence.rows is not None and self.line(runtime, call.number) is None:
            return False
        if call.number not in seat.answers:
            return False
        return not seat.of_ended_life(call.number) or len(observed.spans or ()) >= len(
            observed.model_requests or ()
        )

    def line(self, runtime: str, number: int) -> Line | None:
        """The first row of a call, if it has a line of its own."""
        rows = self._evidence.rows
        lines = rows.own.get((runtime, number)) if rows is not None else None
        return lines[0] if lines else None

    def _finding(
        self,
        call: Call,
        outcome: Outcome,
        difference: Difference,
        runtime: str,
        seen: Mapping[str, Observation],
    ) -> Finding:
        rule, clause = _RULES.get(difference.surface, "answer"), difference.clause
        line = self.line(runtime, call.number) if difference.surface is Surface.SESSION_ROW else None
        detail = _told(self._evidence.redactor.clean(difference), runtime) or outcome.reason
        others = self._others(call, difference.surface, seen[runtime]) if runtime else []
        if others:
            rule, clause = ("spliced-line", "SE-4") if line is not None else ("foreign-content", "IT-28")
            named = ", ".join(map(str, others[:5]))
            detail = f"call {call.number} holds something of call {named}: {detail}"
        return Finding(
            rule,
            clause,
            runtime,
            detail,
            call.number,
            line=line.number if line is not None else None,
            offset=line.offset if line is not None else None,
            place=f"{difference.surface.value} {difference.path}",
        )

    def _others(self, call: Call, surface: Surface, seen: Observation) -> list[int]:
        """Of which other calls something stands on that surface."""
        held = {
            Surface.SESSION_ROW: seen.rows or (),
            Surface.MODEL_REQUEST: [data for each in seen.model_requests or () for data in _sent(each)],
            Surface.SPAN: seen.spans or (),
        }.get(surface, [seen.answer.body] if seen.answer else [])
        return self._evidence.calls.others(call.number, *held)


def _untimed(requests: Sequence[ModelRequest] | None) -> tuple[ModelRequest, ...] | None:
    """The reference's requests without its times, which are not those of a row beside them."""
    return (
        None
        if requests is None
        else tuple(replace(request, received=0.0, answered=0.0) for request in requests)
    )


def _sent(request: ModelRequest) -> Iterator[bytes]:
    """What a daemon passed on of a call: the body, and the id in a header."""
    yield request.body
    yield from (value.encode("latin-1") for name, value in request.headers if name == TRACE_HEADER)


def _told(difference: Difference, runtime: str) -> str:
    """What stands there and what should."""
    values = {side: _short(value) for side, value in difference.values.items()}
    found, wanted = values.get(runtime, "nothing"), values.get("reference", "nothing")
    return f"{difference.surface.value} {difference.path} is {found}, not {wanted}"


def _short(value: object) -> str:
    text = lossless.write(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 20]}…{text[-19:]}"
