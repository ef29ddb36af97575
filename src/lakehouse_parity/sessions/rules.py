"""What one row has to be: every rule names its clause, looks at one row alone, and says what is wrong.

Rows are lossless trees: a number is the bytes of its lexeme. Null and absent are alike (chapter SE). What the
rules look at is exactly what `shapes` tells rows apart by; who adds a rule here looks there too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lakehouse_parity.lossless import Repeated
from lakehouse_spec.session import PROMPT_LENGTH, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lakehouse_parity.model import Tree

Row = dict[str, "Tree"]

DAEMONS = ("gateway", "validatord")
KINDS = ("fill", "email", "playbook")
VERDICTS = ("accepted", "max_iter_exhausted", "infra_error")
ATTEMPT_VERDICTS = ("no_json", "validation_failed", "accepted", "infra_error")

TYPES: dict[str, type[object]] = {
    "schema": str,
    "session_id": str,
    "timestamp": str,
    "daemon": str,
    "kind": str,
    "model": str,
    "provider": str,
    "prompt": str,
    "iterations": bytes,
    "max_iterations": bytes,
    "final_verdict": str,
    "attempts": list,
    "artifact": dict,
    "grounded_in_roster": bool,
    "duration_ms": bytes,
}
"""The members of a row (SE-6) and what they are in a lossless tree."""

OPTIONAL = ("artifact", "grounded_in_roster")
ATTEMPT_TYPES: dict[str, type[object]] = {
    "iteration": bytes,
    "verdict_kind": str,
    "error": str,
    "span_id": str,
}

_WORDS = {str: "a string", bytes: "a number", list: "an array", dict: "an object", bool: "true or false"}
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_SESSION_ID = re.compile(r"[\t\x20-\x7e]+")
_SPAN_ID = re.compile("[0-9a-f]{16}")
_COUNT = re.compile(b"0|[1-9][0-9]{0,17}")
_LARGEST = 4294967295
_FAILED_CALL = re.compile(r"(?:/v1/chat hop failed at iter ([0-9]{1,10}): |client build: )", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that holds for every row."""

    name: str
    clause: str
    check: Callable[[Row], Iterator[str]]
    """Yields a sentence for every way in which the row does not keep it."""


def broken(row: Row) -> Iterator[tuple[Rule, str]]:
    """Give every rule that the row breaks, with what is wrong."""
    repeated = [*_repetitions(row, "")]
    yield from ((REPEATED, f"member {name} stands {times} times") for name, times in repeated)
    first = _first(row) if repeated else row
    for rule in RULES:
        for detail in rule.check(first):
            yield rule, detail


def _repetitions(tree: Tree, path: str) -> Iterator[tuple[str, int]]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            place = f"{path}.{name}" if path else name
            if isinstance(value, Repeated):
                yield place, len(value)
            else:
                yield from _repetitions(value, place)
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _repetitions(value, f"{path}[{index}]")


def _first(tree: Tree) -> Tree:
    """Take the first of repeated members, so that the other rules can be looked at."""
    if isinstance(tree, Repeated):
        return _first(tree[0])
    if isinstance(tree, dict):
        return {name: _first(value) for name, value in tree.items()}
    return [_first(value) for value in tree] if isinstance(tree, list) else tree


def _never(_: Row) -> Iterator[str]:
    return iter(())


def _unknown(row: Row) -> Iterator[str]:
    for name in row.keys() - TYPES.keys():
        yield f"member {name} is none of a row's"
    for index, attempt in _attempts(row):
        for name in attempt.keys() - ATTEMPT_TYPES.keys():
            yield f"member attempts[{index}].{name} is none of an attempt's"


def _missing(row: Row) -> Iterator[str]:
    for name in TYPES:
        if name not in OPTIONAL and row.get(name) is None:
            yield f"member {name} is missing"
    for index, attempt in _attempts(row):
        for name in ("iteration", "verdict_kind"):
            if attempt.get(name) is None:
                yield f"member attempts[{index}].{name} is missing"


def _mistyped(row: Row) -> Iterator[str]:
    for name, wanted in TYPES.items():
        if row.get(name) is not None and not isinstance(row[name], wanted):
            yield f"{name} is not {_WORDS[wanted]}"
    attempts = row.get("attempts")
    for index, attempt in enumerate(attempts if isinstance(attempts, list) else []):
        if not isinstance(attempt, dict):
            yield f"attempts[{index}] is not an object"
            continue
        for name, wanted in ATTEMPT_TYPES.items():
            if attempt.get(name) is not None and not isinstance(attempt[name], wanted):
                yield f"attempts[{index}].{name} is not {_WORDS[wanted]}"


def _one_of(name: str, words: tuple[str, ...]) -> Callable[[Row], Iterator[str]]:
    def check(row: Row) -> Iterator[str]:
        if isinstance(row.get(name), str) and row[name] not in words:
            yield f"{name} is {row[name]!r}, not {' or '.join(words)}"

    return check


def _session_id(row: Row) -> Iterator[str]:
    value = row.get("session_id")
    if isinstance(value, str) and not _SESSION_ID.fullmatch(value):
        yield f"session_id is {value!r}, which is no trace id"


def _timestamp(row: Row) -> Iterator[str]:
    value = row.get("timestamp")
    if isinstance(value, str) and not is_timestamp(value):
        yield f"timestamp is {value!r}, not like 2026-01-31T23:59:59.123Z"


def is_timestamp(text: str) -> bool:
    """Tell whether the text has the one form of a row's timestamp and is a moment (SE-19)."""
    if not _TIMESTAMP.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _duration(row: Row) -> Iterator[str]:
    if isinstance(row.get("duration_ms"), bytes) and count(row["duration_ms"]) is None:
        yield f"duration_ms is {row['duration_ms'].decode()}, not a whole number of at least 0"


def _prompt(row: Row) -> Iterator[str]:
    value = row.get("prompt")
    if isinstance(value, str) and len(value) > PROMPT_LENGTH:
        yield f"prompt has {len(value)} characters, at most {PROMPT_LENGTH} are kept"


def _maximum(row: Row) -> Iterator[str]:
    maximum = count(row.get("max_iterations"))
    if isinstance(row.get("max_iterations"), bytes) and (maximum is None or not 1 <= maximum <= _LARGEST):
        yield f"max_iterations is {row['max_iterations'].decode()}, not from 1 to {_LARGEST}"


def _accepted(row: Row) -> Iterator[str]:
    if row.get("final_verdict") != "accepted":
        return
    made, maximum = count(row.get("iterations")), count(row.get("max_iterations"))
    if made is not None and maximum is not None and not 1 <= made <= maximum:
        yield f"accepted after {made} iterations of at most {maximum}"
    if row.get("artifact") is None:
        yield "accepted without an artifact"


def _exhausted(row: Row) -> Iterator[str]:
    if row.get("final_verdict") != "max_iter_exhausted":
        return
    made, maximum = count(row.get("iterations")), count(row.get("max_iterations"))
    if made is not None and maximum is not None and made != maximum:
        yield f"exhausted after {made} iterations, though the maximum is {maximum}"
    if row.get("artifact") is not None:
        yield "exhausted with an artifact"


def _failed(row: Row) -> Iterator[str]:
    if row.get("final_verdict") != "infra_error":
        return
    if count(row.get("iterations")) not in (0, None):
        yield f"an infrastructure error with {row['iterations'].decode()} iterations, not 0"
    if row.get("artifact") is not None:
        yield "an infrastructure error with an artifact"
    attempts = row.get("attempts")
    if isinstance(attempts, list) and len(attempts) != 1:
        yield f"an infrastructure error with {len(attempts)} attempts, not 1"
    for index, attempt in _attempts(row):
        if attempt.get("verdict_kind") != "infra_error":
            yield f"attempts[{index}] of an infrastructure error is {attempt.get('verdict_kind')!r}"


def _failure_text(row: Row) -> Iterator[str]:
    maximum = count(row.get("max_iterations"))
    for index, attempt in _attempts(row):
        error = attempt.get("error")
        if attempt.get("verdict_kind") != "infra_error":
            continue
        match = _FAILED_CALL.match(error) if isinstance(error, str) else None
        if match is None:
            yield f"attempts[{index}].error is not the text of a 502 answer"
        elif match[1] and maximum is not None and int(match[1]) >= maximum:
            yield f"attempts[{index}].error is of iteration {match[1]}, with {maximum} at most"


def _numbered(row: Row) -> Iterator[str]:
    attempts, made = row.get("attempts"), count(row.get("iterations"))
    for index, attempt in _attempts(row):
        if isinstance(attempt.get("iteration"), bytes) and attempt["iteration"] != b"%d" % index:
            yield f"attempts[{index}].iteration is {attempt['iteration'].decode()}"
    if row.get("final_verdict") == "infra_error" or not isinstance(attempts, list):
        return
    if made is not None and made != len(attempts):
        yield f"{len(attempts)} attempts, though iterations is {made}"


def _ending(row: Row) -> Iterator[str]:
    """Only the last attempt of an accepted call is accepted, and none is an infrastructure error."""
    verdict, attempts = row.get("final_verdict"), [attempt for _, attempt in _attempts(row)]
    if verdict not in ("accepted", "max_iter_exhausted") or not attempts:
        return
    kinds = [attempt.get("verdict_kind") for attempt in attempts]
    if (kinds[-1] == "accepted") != (verdict == "accepted"):
        yield f"the last attempt of a call that is {verdict} is {kinds[-1]!r}"
    if "accepted" in kinds[:-1]:
        yield f"attempts[{kinds.index('accepted')}] is accepted, and yet there are more"
    if "infra_error" in kinds:
        yield f"attempts[{kinds.index('infra_error')}] is infra_error in a call that is {verdict}"


def _attempt_verdict(row: Row) -> Iterator[str]:
    for index, attempt in _attempts(row):
        kind = attempt.get("verdict_kind")
        if isinstance(kind, str) and kind not in ATTEMPT_VERDICTS:
            yield f"attempts[{index}].verdict_kind is {kind!r}, not {' or '.join(ATTEMPT_VERDICTS)}"


def _error_there(row: Row) -> Iterator[str]:
    for index, attempt in _attempts(row):
        if attempt.get("verdict_kind") == "validation_failed" and attempt.get("error") is None:
            yield f"attempts[{index}] failed validation without an error"


def _error_idle(row: Row) -> Iterator[str]:
    for index, attempt in _attempts(row):
        if attempt.get("verdict_kind") in ("no_json", "accepted") and attempt.get("error") is not None:
            yield f"attempts[{index}] is {attempt['verdict_kind']} and has an error"


def _span_id(row: Row) -> Iterator[str]:
    for index, attempt in _attempts(row):
        span = attempt.get("span_id")
        if isinstance(span, str) and not _SPAN_ID.fullmatch(span):
            yield f"attempts[{index}].span_id is {span!r}, not 16 lower-case hexadecimal digits"


def _grounded(row: Row) -> Iterator[str]:
    artifact, told = row.get("artifact"), row.get("grounded_in_roster") is not None
    fills = artifact.get("fills") if isinstance(artifact, dict) else None
    tellable = (
        row.get("final_verdict") == "accepted" and row.get("kind") == "fill" and isinstance(fills, list)
    )
    if told and not tellable:
        yield "grounded_in_roster in a row that is no accepted fill with an array of fills"
    if tellable and not told:
        yield "grounded_in_roster is missing in an accepted fill"


def _nested(row: Row) -> Iterator[str]:
    artifact = row.get("artifact")
    if isinstance(artifact, dict) and {"session_id", "daemon", "final_verdict"} <= artifact.keys():
        yield "a row stands inside the row, as its artifact"


def _attempts(row: Row) -> Iterator[tuple[int, Row]]:
    attempts = row.get("attempts")
    for index, attempt in enumerate(attempts if isinstance(attempts, list) else []):
        if isinstance(attempt, dict):
            yield index, attempt


def count(value: Tree) -> int | None:
    """Give the whole number of at least 0 that this is in its plain form, else None."""
    return int(value) if isinstance(value, bytes) and _COUNT.fullmatch(value) else None


def _whole(row: Row) -> Iterator[str]:
    if isinstance(row.get("iterations"), bytes) and count(row["iterations"]) is None:
        yield f"iterations is {row['iterations'].decode()}, not a whole number of at least 0"


REPEATED = Rule("repeated-member", "SE-4", _never)

RULES = (
    Rule("row-in-row", "SE-4", _nested),
    Rule("unknown-member", "SE-6", _unknown),
    Rule("missing-member", "SE-6", _missing),
    Rule("mistyped-member", "SE-6", _mistyped),
    Rule("schema", "SE-18", _one_of("schema", (SCHEMA,))),
    Rule("daemon", "SE-3", _one_of("daemon", DAEMONS)),
    Rule("kind", "SE-7", _one_of("kind", KINDS)),
    Rule("session-id", "TR-1", _session_id),
    Rule("timestamp", "SE-19", _timestamp),
    Rule("duration", "SE-20", _duration),
    Rule("prompt-length", "SE-9", _prompt),
    Rule("max-iterations", "IT-4", _maximum),
    Rule("iterations", "SE-11", _whole),
    Rule("final-verdict", "SE-10", _one_of("final_verdict", VERDICTS)),
    Rule("accepted", "SE-11", _accepted),
    Rule("exhausted", "SE-12", _exhausted),
    Rule("infra-error", "SE-13", _failed),
    Rule("infra-error-text", "SE-14", _failure_text),
    Rule("attempts", "SE-15", _numbered),
    Rule("attempts-end", "SE-15", _ending),
    Rule("attempt-verdict", "SE-10", _attempt_verdict),
    Rule("error-missing", "SE-15", _error_there),
    Rule("error-idle", "SE-16", _error_idle),
    Rule("span-id", "SP-6", _span_id),
    Rule("grounded", "SE-17", _grounded),
)
