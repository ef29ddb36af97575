"""Rules for the attempts of a row; each yields a sentence for every way in which it is not kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lakehouse_parity.sessions.members import ATTEMPT_VERDICTS, attempts, count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.sessions.members import Row


_SPAN_ID = re.compile("[0-9a-f]{16}")
_FAILED_CALL = re.compile(r"(?:/v1/chat hop failed at iter ([0-9]{1,10}): |client build: )", re.DOTALL)


def failure_text(row: Row) -> Iterator[str]:
    """SE-14: the text of the 502 answer, of an iteration that there can be."""
    maximum = count(row.get("max_iterations"))
    for index, attempt in attempts(row):
        error = attempt.get("error")
        if attempt.get("verdict_kind") != "infra_error":
            continue
        match = _FAILED_CALL.match(error) if isinstance(error, str) else None
        if match is None:
            yield f"attempts[{index}].error is not the text of a 502 answer"
        elif match[1] and maximum is not None and int(match[1]) >= maximum:
            yield f"attempts[{index}].error is of iteration {match[1]}, with {maximum} at most"


def numbered(row: Row) -> Iterator[str]:
    """SE-15: one entry for each attempt, in order."""
    entries, made = row.get("attempts"), count(row.get("iterations"))
    for index, attempt in attempts(row):
        if isinstance(attempt.get("iteration"), bytes) and attempt["iteration"] != b"%d" % index:
            yield f"attempts[{index}].iteration is {attempt['iteration'].decode()}"
    if row.get("final_verdict") == "infra_error" or not isinstance(entries, list):
        return
    if made is not None and made != len(entries):
        yield f"{len(entries)} attempts, though iterations is {made}"


def ending(row: Row) -> Iterator[str]:
    """SE-15: only the last attempt of an accepted call is accepted, and none is an infrastructure error."""
    verdict, entries = row.get("final_verdict"), [attempt for _, attempt in attempts(row)]
    if verdict not in ("accepted", "max_iter_exhausted") or not entries:
        return
    kinds = [attempt.get("verdict_kind") for attempt in entries]
    if (kinds[-1] == "accepted") != (verdict == "accepted"):
        yield f"the last attempt of a call that is {verdict} is {kinds[-1]!r}"
    if "accepted" in kinds[:-1]:
        yield f"attempts[{kinds.index('accepted')}] is accepted, and yet there are more"
    if "infra_error" in kinds:
        yield f"attempts[{kinds.index('infra_error')}] is infra_error in a call that is {verdict}"


def attempt_verdict(row: Row) -> Iterator[str]:
    """SE-10: one of four words."""
    for index, attempt in attempts(row):
        kind = attempt.get("verdict_kind")
        if isinstance(kind, str) and kind not in ATTEMPT_VERDICTS:
            yield f"attempts[{index}].verdict_kind is {kind!r}, not {' or '.join(ATTEMPT_VERDICTS)}"


def error_there(row: Row) -> Iterator[str]:
    """SE-15: a failed validation has its error."""
    for index, attempt in attempts(row):
        if attempt.get("verdict_kind") == "validation_failed" and attempt.get("error") is None:
            yield f"attempts[{index}] failed validation without an error"


def error_idle(row: Row) -> Iterator[str]:
    """SE-16: no other attempt of a judged call has one."""
    for index, attempt in attempts(row):
        if attempt.get("verdict_kind") in ("no_json", "accepted") and attempt.get("error") is not None:
            yield f"attempts[{index}] is {attempt['verdict_kind']} and has an error"


def span_id(row: Row) -> Iterator[str]:
    """SP-6: 16 lower-case hexadecimal digits."""
    for index, attempt in attempts(row):
        span = attempt.get("span_id")
        if isinstance(span, str) and not _SPAN_ID.fullmatch(span):
            yield f"attempts[{index}].span_id is {span!r}, not 16 lower-case hexadecimal digits"
