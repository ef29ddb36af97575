"""The whole daemon without its input and output: one request in, one answer out, provider calls between.

`handle` is a generator. It yields a `ProviderCall` whenever a model provider is to be asked and is
sent the outcome; a driver that waits and one that awaits run it alike. What else a call leaves behind
(the session row, the spans, the usage counts) stands beside the answer, for the driver to put down.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from lakehouse_spec import chat, iterate, responses, session, spans, trace, validate
from lakehouse_spec.chat import ProviderKind
from lakehouse_spec.dialects import Dialect, Json, serialise
from lakehouse_spec.requests import Malformed
from lakehouse_spec.usage import UsageBook, UsageCount
from lakehouse_spec.wire import (
    JSON_TYPE,
    LARGEST_BODY,
    HttpAnswer,
    HttpRequest,
    ProviderAnswer,
    ProviderCall,
    ProviderSilence,
    Refusal,
    json_answer,
    text_answer,
)

if TYPE_CHECKING:
    from lakehouse_spec.roster import Roster

__all__ = [
    "Handled",
    "HttpAnswer",
    "HttpRequest",
    "ProviderAnswer",
    "ProviderCall",
    "ProviderKind",
    "ProviderSilence",
    "Refusal",
    "Settings",
    "UsageBook",
    "UsageCount",
    "handle",
]

Clock: TypeAlias = Callable[[], datetime]
"""Gives the present moment, with a time zone."""

Mint: TypeAlias = Callable[[], str]
"""Gives a new id of 16 lower-case hexadecimal digits, never the same twice: for trace ids that were not
received (TR-3) and for spans (SP-6)."""


class Settings(NamedTuple):
    """How a daemon is configured."""

    dialect: Dialect
    """Whose JSON library reads and writes."""
    daemon: str
    """The tag: `gateway` or `validatord` (SE-3, US-5)."""
    version: str
    """What `GET /health` says (US-5)."""
    roster: Roster
    """The workers that validators look up."""
    providers: Mapping[str, ProviderKind]
    """The model providers by name."""
    session_log: bool
    """Whether calls leave rows behind (SE-1, SE-2)."""
    langfuse: bool
    """Whether calls leave spans behind (SP-1, SP-2)."""


class Handled(NamedTuple):
    """A request's answer, and everything that it leaves behind."""

    answer: HttpAnswer
    """What is sent."""
    row: dict[str, Json] | None = None
    """The session row; None where there is none (SE-1, SE-2, IT-3)."""
    trace: dict[str, Json] | None = None
    """The body of the `trace-create` event; None without Langfuse (SP-5)."""
    spans: tuple[dict[str, Json], ...] = ()
    """The bodies of the `span-create` events in order; none without Langfuse."""
    usage: tuple[UsageCount, ...] = ()
    """What the calls made to providers add to the book, one each (US-2)."""
    refusal: Refusal | None = None
    """Set where the request was not for this endpoint to take; None for every answer proper."""


Outcome: TypeAlias = ProviderAnswer | ProviderSilence
"""What a driver sends back for a `ProviderCall`."""

Handling: TypeAlias = Generator[ProviderCall, Outcome, Handled]
"""A request on its way."""

METHODS: Mapping[str, str] = {
    "/v1/iterate": "POST",
    "/v1/validate": "POST",
    "/v1/chat": "POST",
    "/v1/usage": "GET",
    "/health": "GET",
}
"""Every path and the one method it knows; `HEAD` is as good as `GET` (HT-1, HT-2)."""


def handle(settings: Settings, request: HttpRequest, clock: Clock, mint: Mint, usage: UsageBook) -> Handling:
    """Handle one request from its arrival to its answer; `usage` is only read, for `GET /v1/usage`."""
    if request.method == "HEAD":
        handled = yield from handle(settings, request._replace(method="GET"), clock, mint, usage)
        return handled._replace(answer=handled.answer._replace(body=b""))
    refusal = _refusal(request)
    if refusal is not None:
        code_fixed = refusal.status in (404, 405)
        return Handled(refusal, refusal=Refusal.BODY_FREE if code_fixed else Refusal.CODE_FREE)
    return (yield from _taken(settings, request, clock, mint, usage))


def _taken(settings: Settings, request: HttpRequest, clock: Clock, mint: Mint, usage: UsageBook) -> Handling:
    """Handle what is for an endpoint, as every hop is, whatever its size (HT-5)."""
    try:
        if request.path == "/v1/iterate":
            return (yield from _iterate(settings, request, clock, mint))
        if request.path == "/v1/chat":
            return (yield from _chat(settings, request))
        return Handled(_answer(settings, request, clock, usage))
    except Malformed as malformed:
        answer = text_answer(malformed.status, f"malformed request: {malformed}")
        return Handled(answer, refusal=Refusal.CODE_FREE)


def _refusal(request: HttpRequest) -> HttpAnswer | None:
    """Refuse what is for no endpoint (HT-1 to HT-3, HT-5); None where the request may pass."""
    method = METHODS.get(request.path)
    if method is None:
        return text_answer(404, "unknown path")
    if request.method != method:
        return text_answer(405, "method not allowed")
    if method == "POST" and not _says_json(request):
        return text_answer(415, "expected content-type application/json")
    if len(request.body) > LARGEST_BODY:
        return text_answer(413, "the body is too large")
    return None


def _says_json(request: HttpRequest) -> bool:
    """Tell whether the content type is `application/json` or ends in `+json`, in any case (HT-3)."""
    value = request.first(b"content-type") or b""
    essence = value.partition(b";")[0].strip().lower()
    return essence == b"application/json" or essence.endswith(b"+json")


def _answer(settings: Settings, request: HttpRequest, clock: Clock, usage: UsageBook) -> HttpAnswer:
    """Answer the endpoints that ask nobody: validate, usage and health (VA-3, US-1, US-5)."""
    if request.path == "/v1/validate":
        return validate.answer(request.body, settings.roster, clock, settings.dialect)
    if request.path == "/v1/usage":
        return json_answer(200, serialise(usage.body(), settings.dialect))
    health: Json = {"status": "ok", "daemon": settings.daemon, "version": settings.version}
    return json_answer(200, serialise(health, settings.dialect))


def _chat(settings: Settings, request: HttpRequest) -> Handling:
    """Ask one provider, once (CH-9); an unknown one is never asked and not counted (CH-8)."""
    asked = chat.read_request(request.body, settings.dialect)
    kind = settings.providers.get(asked.provider)
    if kind is None:
        return Handled(text_answer(400, f"unknown provider '{asked.provider}'"))
    outcome = yield chat.provider_call(asked, kind, request, settings.dialect)
    answer, count = chat.conclude(asked, kind, outcome, settings.dialect)
    return Handled(answer, usage=(count,))


def _iterate(settings: Settings, request: HttpRequest, clock: Clock, mint: Mint) -> Handling:
    """Run the loop, each of its hops through the endpoint that the daemon itself offers (IT-6, IT-10)."""
    arrived = clock()
    state: iterate.State | iterate.Finished = iterate.begin(
        iterate.read_request(request.body, settings.dialect)
    )
    call = _Call(settings, trace.trace_id(request, mint), clock, mint, arrived)
    stamps: list[spans.Stamp] = []
    counts: list[UsageCount] = []
    while isinstance(state, iterate.State):
        span_id = mint() if settings.langfuse else None
        started = clock()
        hop = yield from call.hop("/v1/chat", iterate.chat_request(state))
        counts.extend(hop.usage)
        state = iterate.advance(state, hop.answer, call.judge(state.request), settings.dialect)
        stamps.append(spans.Stamp(span_id, started, max(started, clock())))
    return call.concluded(state, tuple(stamps), tuple(counts))


class _Call(NamedTuple):
    """One iterate call: what its hops and its traces have in common."""

    settings: Settings
    trace_id: str
    clock: Clock
    mint: Mint
    arrived: datetime

    def hop(self, path: str, body: dict[str, Json]) -> Handling:
        """Make a request to the daemon itself, with the trace id (TR-6)."""
        headers = ((b"content-type", JSON_TYPE.encode()), (trace.HEADER.encode(), self.trace_id.encode()))
        text = serialise(body, self.settings.dialect).encode()
        request = HttpRequest("POST", path, headers, text)
        return (yield from _taken(self.settings, request, self.clock, self.mint, UsageBook()))

    def judge(self, asked: iterate.IterateRequest) -> iterate.Judge:
        """Make the validate hop, which asks no provider, an ordinary function."""
        return lambda artifact: _finish(self.hop("/v1/validate", iterate.validate_request(asked, artifact)))

    def concluded(
        self, finished: iterate.Finished, stamps: tuple[spans.Stamp, ...], counts: tuple[UsageCount, ...]
    ) -> Handled:
        """Put together the answer, the row and the spans under the one id (TR-5, TR-8)."""
        settings = self.settings
        answer = responses.answer(finished, self.trace_id, settings.dialect)
        circumstances = session.Circumstances(self.trace_id, settings.daemon, self.arrived, self.clock())
        row = session.row(finished, stamps, circumstances, settings.roster) if settings.session_log else None
        if not settings.langfuse:
            return Handled(answer, row, usage=counts)
        told = spans.spans(finished, stamps, self.trace_id)
        return Handled(answer, row, spans.trace(self.trace_id), told, counts)


def _finish(handling: Handling) -> HttpAnswer:
    """Run a handling that makes no provider call to its answer."""
    try:
        call = next(handling)
    except StopIteration as stop:
        handled: Handled = stop.value
        return handled.answer
    raise AssertionError(f"{call.provider} was asked in a hop that asks nobody")
