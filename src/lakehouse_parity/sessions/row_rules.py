"""Rules for the members of a row; each yields a sentence for every way in which it is not kept."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from lakehouse_parity.sessions.members import ATTEMPT_TYPES, OPTIONAL, TYPES, attempts, count
from lakehouse_spec.session import PROMPT_LENGTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lakehouse_parity.sessions.members import Row


_WORDS = {str: "a string", bytes: "a number", list: "an array", dict: "an object", bool: "true or false"}
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_SESSION_ID = re.compile(r"[\t\x20-\x7e]+")
_LARGEST = 4294967295


def nested(row: Row) -> Iterator[str]:
    """SE-4: no row stands inside another."""
    artifact = row.get("artifact")
    if isinstance(artifact, dict) and {"session_id", "daemon", "final_verdict"} <= artifact.keys():
        yield "a row stands inside the row, as its artifact"


def unknown(row: Row) -> Iterator[str]:
    """SE-6: no other members."""
    for name in row.keys() - TYPES.keys():
        yield f"member {name} is none of a row's"
    for index, attempt in attempts(row):
        for name in attempt.keys() - ATTEMPT_TYPES.keys():
            yield f"member attempts[{index}].{name} is none of an attempt's"


def missing(row: Row) -> Iterator[str]:
    """SE-6: all members that have a value in every row."""
    for name in TYPES:
        if name not in OPTIONAL and row.get(name) is None:
            yield f"member {name} is missing"
    for index, attempt in attempts(row):
        for name in ("iteration", "verdict_kind"):
            if attempt.get(name) is None:
                yield f"member attempts[{index}].{name} is missing"


def mistyped(row: Row) -> Iterator[str]:
    """SE-6: every member has its type."""
    for name, wanted in TYPES.items():
        if row.get(name) is not None and not isinstance(row[name], wanted):
            yield f"{name} is not {_WORDS[wanted]}"
    entries = row.get("attempts")
    for index, attempt in enumerate(entries if isinstance(entries, list) else []):
        if not isinstance(attempt, dict):
            yield f"attempts[{index}] is not an object"
            continue
        for name, wanted in ATTEMPT_TYPES.items():
            if attempt.get(name) is not None and not isinstance(attempt[name], wanted):
                yield f"attempts[{index}].{name} is not {_WORDS[wanted]}"


def one_of(name: str, words: tuple[str, ...]) -> Callable[[Row], Iterator[str]]:
    """Make a rule: the member is one of these words."""

    def check(row: Row) -> Iterator[str]:
        if isinstance(row.get(name), str) and row[name] not in words:
            yield f"{name} is {row[name]!r}, not {' or '.join(words)}"

    return check


def session_id(row: Row) -> Iterator[str]:
    """SE-7, TR-1: a trace id."""
    value = row.get("session_id")
    if isinstance(value, str) and not _SESSION_ID.fullmatch(value):
        yield f"session_id is {value!r}, which is no trace id"


def timestamp(row: Row) -> Iterator[str]:
    """SE-19: a moment in the one form."""
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


def duration(row: Row) -> Iterator[str]:
    """SE-20: a whole number of at least 0."""
    if isinstance(row.get("duration_ms"), bytes) and count(row["duration_ms"]) is None:
        yield f"duration_ms is {row['duration_ms'].decode()}, not a whole number of at least 0"


def prompt(row: Row) -> Iterator[str]:
    """SE-8, SE-9: cut."""
    value = row.get("prompt")
    if isinstance(value, str) and len(value) > PROMPT_LENGTH:
        yield f"prompt has {len(value)} characters, at most {PROMPT_LENGTH} are kept"


def maximum_is(row: Row) -> Iterator[str]:
    """IT-4: at least 1."""
    maximum = count(row.get("max_iterations"))
    if isinstance(row.get("max_iterations"), bytes) and (maximum is None or not 1 <= maximum <= _LARGEST):
        yield f"max_iterations is {row['max_iterations'].decode()}, not from 1 to {_LARGEST}"


def whole(row: Row) -> Iterator[str]:
    """SE-11: a whole number of at least 0."""
    if isinstance(row.get("iterations"), bytes) and count(row["iterations"]) is None:
        yield f"iterations is {row['iterations'].decode()}, not a whole number of at least 0"


def accepted(row: Row) -> Iterator[str]:
    """SE-11: an artifact, and iterations within the maximum."""
    if row.get("final_verdict") != "accepted":
        return
    made, maximum = count(row.get("iterations")), count(row.get("max_iterations"))
    if made is not None and maximum is not None and not 1 <= made <= maximum:
        yield f"accepted after {made} iterations of at most {maximum}"
    if row.get("artifact") is None:
        yield "accepted without an artifact"


def exhausted(row: Row) -> Iterator[str]:
    """SE-12: no artifact, and as many iterations as the maximum."""
    if row.get("final_verdict") != "max_iter_exhausted":
        return
    made, maximum = count(row.get("iterations")), count(row.get("max_iterations"))
    if made is not None and maximum is not None and made != maximum:
        yield f"exhausted after {made} iterations, though the maximum is {maximum}"
    if row.get("artifact") is not None:
        yield "exhausted with an artifact"


def failed(row: Row) -> Iterator[str]:
    """SE-13: no iterations, no artifact, and one attempt that failed."""
    if row.get("final_verdict") != "infra_error":
        return
    if count(row.get("iterations")) not in (0, None):
        yield f"an infrastructure error with {row['iterations'].decode()} iterations, not 0"
    if row.get("artifact") is not None:
        yield "an infrastructure error with an artifact"
    entries = row.get("attempts")
    if isinstance(entries, list) and len(entries) != 1:
        yield f"an infrastructure error with {len(entries)} attempts, not 1"
    for index, attempt in attempts(row):
        if attempt.get("verdict_kind") != "infra_error":
            yield f"attempts[{index}] of an infrastructure error is {attempt.get('verdict_kind')!r}"


def grounded(row: Row) -> Iterator[str]:
    """SE-17: told of an accepted fill with an array of fills, and of no other row."""
    artifact, told = row.get("artifact"), row.get("grounded_in_roster") is not None
    fills = artifact.get("fills") if isinstance(artifact, dict) else None
    tellable = (
        row.get("final_verdict") == "accepted" and row.get("kind") == "fill" and isinstance(fills, list)
    )
    if told and not tellable:
        yield "grounded_in_roster in a row that is no accepted fill with an array of fills"
    if tellable and not told:
        yield "grounded_in_roster is missing in an accepted fill"
