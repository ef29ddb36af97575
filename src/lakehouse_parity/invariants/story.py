"""One call as its request puts it and as its answer tells it: what every other surface is held against."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from lakehouse_parity import lossless
from lakehouse_parity.compare import ABSENT, Missing
from lakehouse_parity.invariants.model import at
from lakehouse_parity.model import Surface
from lakehouse_spec import trace
from lakehouse_spec.iterate import FAILED_FEEDBACK, NO_JSON_FEEDBACK
from lakehouse_spec.wire import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lakehouse_parity.invariants.model import Where
    from lakehouse_parity.model import Answer, ModelRequest, Request, Tree
    from lakehouse_parity.normalise import Documents

ACCEPTED, EXHAUSTED, FAILED = 200, 422, 502

HOP_FAILED = re.compile(r"/v1/chat hop failed at iter (\d{1,10}): ")
_BETWEEN = re.compile(r"[\s;,=/-]+")
_LONG = 8
"""Characters from which on a word in a header is no number that an id may happen to be."""
_HALF_PAIR = re.compile("[\ud800-\udfff]")


class Told(NamedTuple):
    """How one attempt ended, as the answer (or, for a failed call, its span) tells it."""

    kind: Tree | Missing
    error: Tree | Missing
    kind_at: Where
    error_at: Where


class Asked(Struct, frozen=True):
    """What the request asks for."""

    kind: Tree
    prompt: str
    provider: Tree
    model: Tree
    maximum: int
    """The effective maximum (IT-4)."""
    trace: str
    """The id that was sent and qualifies (TR-1, TR-2); empty where one has to be minted (TR-3)."""
    borrowed: frozenset[str] = frozenset()
    """What might be taken for an id in the request's headers: their values, and the longer words of them."""


class Story(Struct, frozen=True):
    """One call of one runtime; a surface that is not looked at is None."""

    asked: Asked
    status: int
    body: Tree
    row: Tree | None
    spans: list[Tree] | None
    calls: list[Tree] | None
    attempts: tuple[Told, ...]
    """Every attempt made, in order."""
    held: tuple[float, float] | None = None
    """When the model was asked first and answered last, by its own clock; None where nobody knows."""

    @property
    def failed(self) -> bool:
        """Whether the chat hop failed (IT-19)."""
        return self.status == FAILED

    def prompts(self) -> Iterator[tuple[str | None, Told | None]]:
        """The prompt that each attempt is sent, and the attempt in front of it (IT-9, IT-13, IT-14).

        None where it cannot be known.
        """
        yield self.asked.prompt, None
        for told in self.attempts[:-1]:
            feedback = feedback_of(told)
            yield (None if feedback is None else self.asked.prompt + feedback), told


def feedback_of(told: Told) -> str | None:
    """What an attempt adds to the next prompt; None where it is not known to have failed."""
    if told.kind == "no_json":
        return NO_JSON_FEEDBACK
    if told.kind == "validation_failed" and isinstance(told.error, str):
        return FAILED_FEEDBACK.replace("{error}", told.error)
    return None


@lru_cache(maxsize=8)
def asked_of(request: Request) -> Asked | None:
    """Read a request as far as the story needs it; None where it is not well-formed.

    Both runtimes are sent the same one, so it is kept for a moment.
    """
    try:
        members = lossless.parse(_scalars(request.body).encode())
        prompt, maximum = members["prompt"], members.get("max_iterations")
        limit = 3 if maximum is None else max(1, int(maximum))
        rest = {name: members[name] for name in ("kind", "provider", "model")}
    except (lossless.NotJson, LookupError, TypeError, AttributeError, ValueError):
        return None
    if not isinstance(prompt, str):
        return None
    plain = {name: _scalars_only(value) for name, value in rest.items()}
    return Asked(
        prompt=_scalars_only(prompt),
        maximum=limit,
        trace=_sent(request),
        borrowed=_borrowed(request),
        **plain,
    )


def _borrowed(request: Request) -> frozenset[str]:
    values = [value.decode("latin-1").strip() for _, value in request.headers]
    words = chain.from_iterable(map(_BETWEEN.split, values))
    return frozenset(word for word in (*values, *words) if len(word) >= _LONG)


def _scalars(data: bytes) -> str:
    """The text, each bad byte as one U+FFFD: who reads it at all reads it so (JS-8)."""
    return _HALF_PAIR.sub("\ufffd", data.decode("utf-8", "surrogateescape"))


def _scalars_only(text: Tree) -> Tree:
    """A text without half surrogate pairs: who reads one at all reads it as U+FFFD (JS-4)."""
    return _HALF_PAIR.sub("\ufffd", text) if isinstance(text, str) and not text.isascii() else text


def _sent(request: Request) -> str:
    return trace.trace_id(HttpRequest(request.method, request.path, request.headers, request.body), mint=str)


def tell(asked: Asked, documents: Documents, requests: Sequence[ModelRequest] = ()) -> Story | None:
    """The story of a call; None where its answer does not tell one."""
    status, body = int(documents[Surface.STATUS]), documents[Surface.BODY]
    spans, row = _spans(documents.get(Surface.SPAN)), documents.get(Surface.SESSION_ROW)
    attempts = _failed(body, spans) if status == FAILED else _history(body)
    if attempts is None:
        return None
    calls = documents.get(Surface.MODEL_REQUEST)
    row = row if isinstance(row, dict) else None
    return Story(asked, status, body, row, spans, calls, attempts, _held(requests))


def _held(requests: Sequence[ModelRequest]) -> tuple[float, float] | None:
    if not requests or not all(request.received for request in requests):
        return None
    return requests[0].received, max(request.answered for request in requests)


def _spans(document: Tree) -> list[Tree] | None:
    """The spans, where Langfuse works and was looked at."""
    return [span for span in document if "holds" in span] if isinstance(document, list) else None


def attempts_made(answer: Answer) -> int:
    """How many attempts an answer tells of; 0 where it tells of none."""
    try:
        failed = answer.status == FAILED
        body = answer.body.decode() if failed else lossless.parse(answer.body)
    except ValueError:
        return 0
    return len((_failed(body, None) if failed else _history(body)) or ())


def _history(body: Tree) -> tuple[Told, ...] | None:
    history = at(body, ("history",))
    if not isinstance(history, list) or not history:
        return None
    return tuple(_entry(entry, index) for index, entry in enumerate(history))


def _entry(entry: Tree, index: int) -> Told:
    kind, error = ((Surface.BODY, ("history", index, "status", name)) for name in ("kind", "error"))
    return Told(at(entry, kind[1][2:]), at(entry, error[1][2:]), kind, error)


def _failed(body: Tree, spans: list[Tree] | None) -> tuple[Told, ...] | None:
    """The attempts of a failed call: the answer says how many, only the spans how the first ones ended."""
    match = HOP_FAILED.match(body) if isinstance(body, str) else None
    if match is None:
        return None
    earlier, where = min(int(match[1]), _MOST), (Surface.BODY, ())
    told = [_spanned(span, index) for index, span in enumerate((spans or [])[:earlier])]
    unknown = [Told(ABSENT, ABSENT, where, where)] * (earlier - len(told))
    return (*told, *unknown, Told("infra_error", body, where, where))


_MOST = 1000
"""Attempts of a failed call that are followed; an answer that tells of more has lied already."""


def _spanned(span: Tree, index: int) -> Told:
    kind, error = ((Surface.SPAN, (index, "metadata", name)) for name in ("verdict", "error"))
    return Told(at(span, kind[1][1:]), at(span, error[1][1:]), kind, error)
