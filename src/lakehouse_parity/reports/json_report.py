"""`report.json`: the run for programs. Members may be added; those that are there stay."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import asdict

from lakehouse_parity import lossless
from lakehouse_parity.reports.json_text import spread
from lakehouse_parity.reports.summary import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lakehouse_parity.events import RuntimeFacts
    from lakehouse_parity.model import Difference, Outcome, Stability
    from lakehouse_parity.reports.summary import Summary

SCHEMA = "lakehouse-parity/report/v1"
_ENCODE, _INDENTED = msgspec.json.Encoder().encode, msgspec.json.format
_DEEPEST = 200
"""Levels of a value that the report nests; a deeper one stands there as its text."""


def render(summary: Summary) -> str:
    """The report as indented JSON."""
    started, finished = summary.started, summary.finished
    head = spread(
        {
            "schema": SCHEMA,
            "verdict": summary.verdict,
            "exit_code": summary.exit_code,
            "unseen": list(summary.unseen),
            "problems": list(summary.problems),
            "started_at": started.at if started else None,
            "duration_ms": finished.duration_ms if finished else 0,
            "runtimes": {name: _facts(facts) for name, facts in started.runtimes.items()} if started else {},
            "suites": {
                suite: {column: counts[column] for column in COLUMNS}
                for suite, counts in summary.suites.items()
            },
        }
    )
    outcomes = ",\n  ".join([_outcome(outcome) for outcome in summary.outcomes])
    listed = f"[\n  {outcomes}\n ]" if outcomes else "[]"
    return lossless.encodable(f'{head.removesuffix(_END)},\n "outcomes": {listed}{_END}')


_END = "\n}"


def _outcome(outcome: Outcome) -> str:
    """One outcome in its place; of most, which hold texts alone, in a tenth of the time."""
    document = outcome_json(outcome)
    if outcome.differences or outcome.stability is not None:
        return spread(document, "\n  ")
    try:
        text = _INDENTED(_ENCODE(document), indent=1)
    except UnicodeEncodeError:
        return spread(document, "\n  ")
    return text.decode().replace("\n", "\n  ")


def _facts(facts: RuntimeFacts) -> dict[str, Any]:
    return {**asdict(facts), "bundled": facts.bundled or False}


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """One outcome as the report has it."""
    probe = outcome.probe
    return {
        "probe": probe.id,
        "suite": probe.suite,
        "clauses": list(probe.clauses),
        "file": str(probe.place),
        "verdict": outcome.verdict.value,
        "reason": outcome.reason,
        "differences": [_difference(difference) for difference in outcome.differences],
        **({"forms": list(outcome.forms)} if outcome.forms else {}),
        **(_stability(outcome.stability) if outcome.stability is not None else {}),
    }


def _stability(stability: Stability) -> dict[str, Any]:
    """How often it was asked, and how often each runtime did not hold to its own answer, and where."""
    names = ("runtime", "surface", "path")
    flips = [dict(zip(names, flip, strict=True)) for flip in stability.flips]
    return {"asked": stability.asked, "flip_rate": dict(stability.flip_rate), "flips": flips}


def _difference(difference: Difference) -> dict[str, Any]:
    values = {side: _value(lossless.write(value)) for side, value in difference.values.items()}
    return {
        "surface": difference.surface.value,
        "path": difference.path,
        **values,
        "verdict": difference.verdict.value,
        "clause": difference.clause,
        "lexemes": {side: lossless.write(value) for side, value in difference.values.items()},
    }


def _value(text: str) -> Any:
    """The JSON value, or its text where this language's own reader or writer cannot hold it."""
    try:
        value = json.loads(text, parse_int=_integer, parse_float=_finite)
    except (ValueError, RecursionError):
        return text
    return value if _is_shallow(value) else text


def _integer(text: str) -> float:
    return -0.0 if text == "-0" else int(text)


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value


def _is_shallow(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [item for container in level for item in _items(container)]
        if not level:
            return True
    return False


def _items(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
