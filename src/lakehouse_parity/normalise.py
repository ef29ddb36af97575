"""From what was observed to documents that can be compared, one lossless tree per surface.

Nothing is dropped here but what the specification frees: a header's parameters, the code and body
of a refusal, null against absent in a session row. Everything else that may vary is a declared mask.
"""

from __future__ import annotations

import base64
import copy
from functools import lru_cache
from typing import TYPE_CHECKING

from lakehouse_parity import lossless
from lakehouse_parity.compare import ABSENT
from lakehouse_parity.evidence import span_documents
from lakehouse_parity.model import Refusal, Surface

if TYPE_CHECKING:
    from lakehouse_parity.model import Answer, ModelRequest, Observation, Tree

TRACE_HEADER = "x-lakehouse-trace-id"
IN_TIME = "answer is not late"
"""What holds of an answer that waits for no Langfuse that fails (SP-3)."""

Documents = dict[Surface, "Tree"]


def documents(observation: Observation, refusal: Refusal | None, *, exact: bool = False) -> Documents:
    """One tree per surface that was looked at; `refusal` is what the reference says of the request.

    `exact` takes the answer's body as the bytes that it is, where otherwise JSON is taken by value, and
    its content type with all parameters.
    """
    found: Documents = {}
    if observation.answer is not None:
        found.update(_answer(observation.answer, refusal, exact=exact))
    if observation.model_requests is not None:
        found[Surface.MODEL_REQUEST] = [_model_request(call) for call in observation.model_requests]
    if observation.rows is not None:
        found[Surface.SESSION_ROW] = _rows(observation.rows)
    if observation.in_time is not None:
        found[Surface.SPAN] = {"holds": {IN_TIME: observation.in_time}}
    elif observation.spans is not None:
        found[Surface.SPAN] = span_documents(observation)
    if observation.usage is not None:
        found[Surface.USAGE] = lossless.parse(observation.usage)
    if observation.extraction is not None:
        found[Surface.EXTRACTION] = _json_or_text(observation.extraction)
    return found


def _answer(answer: Answer, refusal: Refusal | None, *, exact: bool) -> Documents:
    if refusal is Refusal.CODE_FREE:
        return {Surface.STATUS: _class_of(answer.status)}
    if refusal is Refusal.BODY_FREE:
        return {Surface.STATUS: str(answer.status).encode()}
    content_type = answer.header("content-type")
    essence = _essence(content_type)
    return {
        Surface.STATUS: str(answer.status).encode(),
        Surface.HEADER: _header(answer.status, content_type if exact else essence),
        Surface.BODY: _text(answer.body) if exact or essence == "text/plain" else _json_or_text(answer.body),
    }


def _class_of(status: int) -> Tree:
    return "4xx" if status // 100 == 4 else str(status).encode()  # noqa: PLR2004  the class is the rule


def _header(status: int, content_type: str | None) -> Tree:
    """The content type; none where there cannot be a body that it would be of (CH-4)."""
    return {} if status in (204, 304) else {"content-type": content_type}


@lru_cache(maxsize=256)
def _essence(content_type: str | None) -> str | None:
    return content_type.partition(";")[0].strip().lower() if content_type is not None else None


def _json_or_text(data: bytes) -> Tree:
    try:
        return lossless.parse(data)
    except lossless.NotJson:
        return _text(data)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "(not UTF-8, base64) " + base64.b64encode(data).decode()


def _model_request(call: ModelRequest) -> Tree:
    traces = [value for name, value in call.headers if name == TRACE_HEADER]
    headers = {TRACE_HEADER: traces[0] if len(traces) == 1 else traces} if traces else {}
    alone = {"alone": True} if call.alone else {}
    return {"path": call.path, "headers": headers, "body": _json_or_text(call.body), **alone}


def _rows(lines: tuple[bytes, ...]) -> Tree:
    """The row itself where there is exactly one, else the list of them."""
    rows = [_row(line) for line in lines]
    return rows[0] if len(rows) == 1 else rows


def _row(line: bytes) -> Tree:
    row = _json_or_text(line)
    if isinstance(row, dict):
        row = _without_nulls(row)
        if isinstance(row.get("attempts"), list):
            row["attempts"] = [_without_nulls(attempt) for attempt in row["attempts"]]
    return row


def _without_nulls(tree: Tree) -> Tree:
    if not isinstance(tree, dict):
        return tree
    return {key: value for key, value in tree.items() if value is not None}


def expected(found: Documents, surface: Surface, parts: tuple[str | int, ...], value: Tree) -> None:
    """Put a value spelled out by hand in the place of the reference's own; ABSENT leaves the place out.

    Raises LookupError or TypeError where there is no such place. The value is copied, since masks are
    put into documents, and the documents are changed, since they are the judge's own.
    """
    root = {"$": found.get(surface)}
    *way, last = ("$", *parts)
    place: Tree = root
    for part in way:
        place = place[part]
    if value is not ABSENT:
        place[last] = copy.deepcopy(value)
    elif last in place:
        del place[last]
    found[surface] = root["$"]
