"""The answers of `/v1/iterate`: 200, 422 and 502 (IT-15 to IT-19, IT-26)."""

from __future__ import annotations

from lakehouse_spec.dialects import Dialect, Json, serialise
from lakehouse_spec.iterate import Attempt, Finished, Stop
from lakehouse_spec.wire import HttpAnswer, json_answer, text_answer

RAW_LENGTH = 2000
"""Unicode scalar values of an attempt's raw answer that its history entry keeps (IT-17)."""


def answer(finished: Finished, trace_id: str, dialect: Dialect) -> HttpAnswer:
    """Answer a call that got past the parsing of its request."""
    if finished.stop is Stop.ACCEPTED:
        return json_answer(200, serialise(accepted(finished, trace_id), dialect))
    if finished.stop is Stop.MAXIMUM_REACHED:
        return json_answer(422, serialise(exhausted(finished, trace_id), dialect))
    return text_answer(502, finished.attempts[-1].error or "")


def accepted(finished: Finished, trace_id: str) -> dict[str, Json]:
    """Build the body of 200: the artifact and how it was judged (IT-15)."""
    return {
        "artifact": finished.artifact,
        "validation": finished.validation,
        "iterations": len(finished.attempts),
        "history": history(finished.attempts),
        "trace_id": trace_id,
    }


def exhausted(finished: Finished, trace_id: str) -> dict[str, Json]:
    """Build the body of 422: `iterations` is the effective maximum (IT-16)."""
    maximum = finished.request.max_iterations
    return {
        "error": f"max iterations reached ({maximum}) without passing validation",
        "iterations": maximum,
        "history": history(finished.attempts),
        "trace_id": trace_id,
    }


def history(attempts: tuple[Attempt, ...]) -> list[Json]:
    """List every attempt in order (IT-17)."""
    return [_entry(attempt) for attempt in attempts]


def _entry(attempt: Attempt) -> Json:
    return {
        "iteration": attempt.iteration,
        "raw": (attempt.raw or "")[:RAW_LENGTH],
        "status": _status(attempt),
    }


def _status(attempt: Attempt) -> dict[str, Json]:
    """Tag by `kind`; only a failed validation has an error, a string that holds JSON (IT-18)."""
    status: dict[str, Json] = {"kind": attempt.verdict.value}
    return status if attempt.error is None else {**status, "error": attempt.error}
