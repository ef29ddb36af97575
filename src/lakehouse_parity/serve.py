"""The reference as a daemon: the specification's service behind Starlette on uvicorn.

All rules are the specification's; what is done here is what it leaves to a driver: sockets, calls to
providers, the session log, spans on their way to Langfuse, the clock and the ids.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
import threading
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import uvicorn
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from lakehouse_parity.wire.reading import path_of
from lakehouse_spec import service
from lakehouse_spec.dialects import Dialect, serialise
from lakehouse_spec.session import line
from lakehouse_spec.spans import INGESTION_PATH, event
from lakehouse_spec.wire import LARGEST_BODY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

    from lakehouse_spec.dialects import Json
    from lakehouse_spec.roster import Roster

HOP_SECONDS = 240
"""How long a provider may take for its whole answer (IT-25)."""

DRAIN_SECONDS = 2
"""How long spans that are still waiting may hold up the end of the daemon."""

CLOSING_SECONDS = 10
"""How long calls that are still being answered may."""

WAITING_EVENTS = 10_000
"""Calls whose events may wait for Langfuse; those of further calls are dropped (SP-3)."""

CALLS_IN_BATCH = 50
"""Calls whose events go to Langfuse in one request, at most."""

SPAN_SECONDS = 10
"""How long Langfuse may take to answer."""


class Provider(Struct, frozen=True):
    """A model provider."""

    base_url: str
    """What the paths of its kind are appended to."""
    kind: service.ProviderKind
    """Which shape it speaks."""


class LangfuseOptions(Struct, frozen=True):
    """A Langfuse that takes spans."""

    base_url: str
    """What the ingestion path is appended to."""
    public_key: str
    """The user name of its basic authentication."""
    secret_key: str
    """The password."""


class ServeOptions(Struct, frozen=True):
    """Everything that the daemon is told."""

    dialect: Dialect
    """Whose JSON library it behaves like."""
    daemon: str
    """Its tag in rows and in `/health`."""
    version: str
    """Its version in `/health`."""
    roster: Roster
    """The workers that validators look up."""
    host: str
    """Where it listens."""
    port: int
    """On which port; 0 asks the system for a free one."""
    providers: Mapping[str, Provider]
    """The model providers by name."""
    session_log: Path | None = None
    """The file that rows are appended to; None for none."""
    langfuse: LangfuseOptions | None = None
    """Where spans go; None for nowhere."""

    @property
    def settings(self) -> service.Settings:
        """The part that the specification knows."""
        return service.Settings(
            dialect=self.dialect,
            daemon=self.daemon,
            version=self.version,
            roster=self.roster,
            providers={name: provider.kind for name, provider in self.providers.items()},
            session_log=self.session_log is not None,
            langfuse=self.langfuse is not None,
        )


def serve(options: ServeOptions) -> None:
    """Serve until SIGTERM or Ctrl-C; says `listening on http://HOST:PORT` when it is ready.

    Raises `OSError` where the address cannot be had or the session log cannot be opened.
    """
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.create_server((options.host, options.port), family=family, backlog=2048) as listener:
        daemon = Daemon(options)
        application = Starlette(lifespan=daemon.lifespan)
        application.router.default = daemon  # the service knows its paths: no other is between
        config = uvicorn.Config(
            application,
            log_level="warning",
            http="h11",  # it reads every method, so that the answer to one is ours
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=CLOSING_SECONDS,
        )
        _end_quietly()
        _Server(config).run(sockets=[listener])


def _end_quietly() -> None:
    """Let the signals that uvicorn heeds, and raises again when it is done, end in a normal exit."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            sys.stdout.write(f"listening on http://{f'[{host}]' if ':' in host else host}:{port}\n")
            sys.stdout.flush()


class Daemon:
    """The application: one specification, one client for providers, one log, one queue of spans."""

    _client: httpx.AsyncClient

    def __init__(self, options: ServeOptions) -> None:
        self._options = options
        self._settings = options.settings
        self._usage = service.UsageBook()
        self._log = None if options.session_log is None else _opened(options.session_log)
        self._spans = None if options.langfuse is None else Spans(options.langfuse, options.dialect)

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Keep the client and the queue for as long as the server runs."""
        # A kept connection that the provider closes at the wrong moment would look like silence.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        async with httpx.AsyncClient(timeout=HOP_SECONDS, limits=limits, trust_env=False) as client:
            self._client = client
            emitting = asyncio.create_task(self._spans.emit()) if self._spans else None
            yield
            if self._spans and emitting:
                await self._spans.drained(emitting)
        if self._log is not None:
            os.close(self._log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the row is in the log before the answer is sent (SE-5)."""
        request = Request(scope, receive)
        handled = await self._handled(
            service.HttpRequest(
                scope["method"],
                path_of(scope["raw_path"].decode("latin-1")),
                tuple(scope["headers"]),
                await _body(request),
            )
        )
        for count in handled.usage:
            self._usage.add(count)
        if handled.row is not None and self._log is not None:
            os.write(self._log, line(handled.row, self._settings.dialect))
        if self._spans is not None and handled.trace is not None:
            self._spans.take(handled)
        answer = handled.answer
        await Response(answer.body, answer.status, dict(answer.headers))(scope, receive, send)

    async def _handled(self, request: service.HttpRequest) -> service.Handled:
        """Drive the service: ask the providers that it wants asked."""
        handling = service.handle(self._settings, request, _now, _mint, self._usage)
        try:
            call = next(handling)
            while True:
                call = handling.send(await self._outcome(call))
        except StopIteration as stop:
            handled: service.Handled = stop.value
            return handled

    async def _outcome(self, call: service.ProviderCall) -> service.ProviderAnswer | service.ProviderSilence:
        """Ask a provider, once and without following redirects (CH-4, CH-9)."""
        url = self._options.providers[call.provider].base_url.rstrip("/") + call.path
        headers = [(name.encode(), value.encode("latin-1")) for name, value in call.headers]
        headers.append((b"accept-encoding", b"identity"))
        try:
            async with (
                asyncio.timeout(HOP_SECONDS),
                self._client.stream("POST", url, content=call.body, headers=headers) as answer,
            ):
                body = b"".join([chunk async for chunk in answer.aiter_raw()])
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as cause:
            sys.stderr.write(f"provider '{call.provider}': {type(cause).__name__}: {cause}\n")
            return service.ProviderSilence()
        return service.ProviderAnswer(answer.status_code, answer.headers.get("content-type"), body)


async def _body(request: Request) -> bytes:
    """Read a body to its end, but keep no more of it than shows that it is too large (HT-5)."""
    chunks, kept = [], 0
    async for chunk in request.stream():
        if kept <= LARGEST_BODY:
            chunks.append(chunk)
            kept += len(chunk)
    return b"".join(chunks)


def _opened(log: Path) -> int:
    """Open the session log such that every write goes to its end, whoever else writes (SE-4)."""
    log.parent.mkdir(parents=True, exist_ok=True)
    return os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _now() -> datetime:
    return datetime.now(UTC)


def _mint() -> str:
    """Mint an id that nobody else has: 64 random bits as 16 hexadecimal digits."""
    return secrets.token_hex(8)


class Spans:
    """The queue in front of Langfuse: answers never wait for it (SP-3)."""

    def __init__(self, options: LangfuseOptions, dialect: Dialect) -> None:
        self._options = options
        self._dialect = dialect
        self._waiting: asyncio.Queue[list[Json]] = asyncio.Queue(WAITING_EVENTS)

    def take(self, handled: service.Handled) -> None:
        """Queue a call's events in order, its trace first (SP-4, SP-5)."""
        bodies = [("trace-create", handled.trace or {})]
        bodies += [("span-create", span) for span in handled.spans]
        try:
            self._waiting.put_nowait([event(_mint(), kind, _now(), body) for kind, body in bodies])
        except asyncio.QueueFull:
            sys.stderr.write("langfuse: too much is waiting; the spans of a call are dropped\n")

    async def emit(self) -> None:
        """Send what is waiting, one batch after the other, and never give up."""
        auth = httpx.BasicAuth(self._options.public_key, self._options.secret_key)
        async with httpx.AsyncClient(auth=auth, timeout=SPAN_SECONDS, trust_env=False) as client:
            while True:
                calls = [await self._waiting.get()]
                while len(calls) < CALLS_IN_BATCH and not self._waiting.empty():
                    calls.append(self._waiting.get_nowait())
                try:
                    await self._send(client, [event for call in calls for event in call])
                except (httpx.HTTPError, httpx.InvalidURL, OSError) as cause:
                    sys.stderr.write(f"langfuse: {type(cause).__name__}: {cause}\n")
                finally:
                    for _ in calls:
                        self._waiting.task_done()

    async def _send(self, client: httpx.AsyncClient, batch: list[Json]) -> None:
        url = self._options.base_url.rstrip("/") + INGESTION_PATH
        body = serialise({"batch": batch}, self._dialect).encode()
        answer = await client.post(url, content=body, headers={"content-type": "application/json"})
        if not answer.is_success:
            sys.stderr.write(f"langfuse: answered {answer.status_code}\n")

    async def drained(self, emitting: asyncio.Task[None]) -> None:
        """Wait for what is still on its way, but not for long; then end the emission."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._waiting.join(), DRAIN_SECONDS)
        emitting.cancel()
        with suppress(asyncio.CancelledError):
            await emitting
