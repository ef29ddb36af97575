"""A runtime that tells the truth through the specification's own service, but for one lie.

`Truth` has a method for everything that a runtime gives away. A lie overrides exactly one of them, or
replaces names of the specification for as long as this runtime alone is thinking.
"""

import asyncio
import base64
import contextlib
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar
from unittest import mock

from lakehouse_parity.config import Address
from lakehouse_parity.model import Request
from lakehouse_parity.wire.client import Client, WireError
from lakehouse_spec import service, session, spans
from lakehouse_spec.dialects import Dialect, serialise
from lakehouse_spec.roster import Roster
from lakehouse_spec.service import ProviderKind

PROVIDERS = {"parity": ProviderKind.OPENAI, "parity-ollama": ProviderKind.OLLAMA}
TAGS = {"rust": "gateway", "go": "validatord"}
DIALECTS = {"rust": Dialect.SERDE_JSON, "go": Dialect.ENCODING_JSON}


@dataclass(frozen=True)
class Surroundings:
    """What stands around a runtime; None where it is not wired."""

    roster: Roster
    model: Address | None
    langfuse: Address | None
    log: Path | None


class Truth:
    """Nothing but the truth."""

    caught: ClassVar[dict] = {}
    """Probe -> the surface and the beginning of the path where the lie shows."""
    verdict = ""
    """What those probes come to instead of the drift of the liar's seat."""
    earlier = ()
    """What stands in the usage book from earlier days."""
    keys = b"pk-parity:sk-parity"
    """The keys by which Langfuse knows it."""
    loses = False
    """Whether something that is awaited never comes."""

    def __init__(self, seat):
        self.seat = seat
        self.base = f"/{seat}"
        """The path of Langfuse's base URL."""

    def patches(self):
        """(module, name, value) that are in force while the service runs for this runtime."""
        return ()

    def request(self, request):
        """The request as the service gets it."""
        return request

    async def takes_over(self, _request, _reader, _writer):
        """Whether the request is answered otherwise, on the wire itself; the connection ends with it."""
        return False

    def call(self, call):
        """The call as the provider gets it."""
        return call

    def calls_again(self, _call, _outcome):
        """Whether the provider is asked once more, and that answer taken."""
        return False

    def asks_in_vain(self, _call):
        """Whether the provider is asked once more, and that answer not looked at."""
        return False

    def handled(self, handled):
        """What the service made of it."""
        return handled

    async def before_emitting(self):
        """What happens before spans are sent, behind the answer."""

    async def before_logging(self):
        """What is waited for before the row is written."""

    def lines(self, line):
        """The row's line as what is written to the log, one write each."""
        return [line]

    async def between_writes(self):
        """What is waited for when one of them is done."""

    def spans(self, bodies):
        """The bodies of the spans that Langfuse gets."""
        return bodies

    def traces(self, body):
        """The bodies of the traces that Langfuse gets."""
        return [body]

    async def emitting(self, handled, _emission):
        """What becomes of the answer while the spans are on their way; the emission ends by itself.

        Its result is Langfuse's status, or None where there was no answer.
        """
        return handled

    def counts(self, usage):
        """What is added to the usage book."""
        return usage

    def data(self, _answer, data):
        """The answer's bytes on the wire; None hangs up."""
        return data

    async def before_answering(self, _answer):
        """What is waited for."""


class LyingDaemon:
    """A runtime in one seat on a port of its own."""

    def __init__(self, seat, around, truth):
        self._seat = seat
        self._around = around
        self._truth = truth
        self._usage = service.UsageBook()
        for count in truth.earlier:
            self._usage.add(count)
        self._settings = service.Settings(
            DIALECTS[seat],
            TAGS[seat],
            "fake",
            around.roster,
            PROVIDERS,
            session_log=around.log is not None,
            langfuse=around.langfuse is not None,
        )
        self._model = around.model and Client(around.model)
        self._langfuse = around.langfuse and Client(around.langfuse)
        self._log = around.log and os.open(around.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._tasks = {}

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 24)
        return Address(*self._server.sockets[0].getsockname()[:2])

    async def __aexit__(self, *_):
        self._server.close()
        for task, writer in self._tasks.items():
            task.cancel()
            if writer is not None:
                writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)
        for client in filter(None, (self._model, self._langfuse)):
            client.close()
        if self._log is not None:
            os.close(self._log)

    async def _serve(self, reader, writer):
        self._tasks[asyncio.current_task()] = writer
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                request = await _read(reader)
                if await self._truth.takes_over(request, reader, writer):
                    break
                answer = await self._answer(self._truth.request(request))
                await self._truth.before_answering(answer)
                data = self._truth.data(answer, _encoded(answer))
                if data is None:
                    break
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _answer(self, request):
        handled = self._truth.handled(await self._handled(request))
        for count in self._truth.counts(handled.usage):
            self._usage.add(count)
        if handled.row is not None:
            await self._truth.before_logging()
            for line in self._truth.lines(session.line(handled.row, self._settings.dialect)):
                os.write(self._log, line)
                await self._truth.between_writes()
        if handled.trace is not None:
            traces = self._truth.traces(handled.trace)
            emission = asyncio.create_task(self._emit(traces, self._truth.spans(handled.spans)))
            self._tasks[emission] = None
            handled = await self._truth.emitting(handled, emission)
        return handled.answer

    async def _handled(self, request):
        handling = service.handle(self._settings, request, _now, _mint, self._usage)
        outcome = None
        while True:
            try:
                with contextlib.ExitStack() as lying:
                    for module, name, value in self._truth.patches():
                        lying.enter_context(mock.patch.object(module, name, value))
                    call = handling.send(outcome)
            except StopIteration as stop:
                return stop.value
            outcome = await self._ask(self._truth.call(call))
            if self._truth.asks_in_vain(call):
                await self._ask(call)
            if self._truth.calls_again(call, outcome):
                outcome = await self._ask(call)

    async def _ask(self, call):
        headers = tuple((name.encode(), value.encode("latin-1")) for name, value in call.headers)
        try:
            answer = await self._model.ask(Request("POST", f"/{self._seat}{call.path}", headers, call.body))
        except WireError:
            return service.ProviderSilence()
        return service.ProviderAnswer(answer.status, answer.header("content-type"), answer.body)

    async def _emit(self, traces, bodies):
        events = [("trace-create", trace) for trace in traces]
        events += [("span-create", body) for body in bodies]
        batch = [spans.event(_mint(), kind, _now(), body) for kind, body in events]
        token = base64.b64encode(self._truth.keys)
        headers = ((b"authorization", b"Basic " + token),)
        body = serialise({"batch": batch}, self._settings.dialect).encode()
        path = self._truth.base + spans.INGESTION_PATH
        await self._truth.before_emitting()
        try:
            answer = await self._langfuse.ask(Request("POST", path, headers, body))
        except WireError:
            return None
        return answer.status


async def _read(reader):
    head, *lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[:-2]
    method, path, _ = head.split(b" ")
    headers = tuple(tuple(line.split(b": ", 1)) for line in lines)
    request = service.HttpRequest(method.decode(), path.decode(), headers, b"")
    return request._replace(body=await reader.readexactly(int(request.first(b"content-length") or 0)))


def _encoded(answer):
    lines = [f"HTTP/1.1 {answer.status} X", *(f"{name}: {value}" for name, value in answer.headers)]
    lines.append(f"content-length: {len(answer.body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body


def _now():
    return datetime.now(UTC)


def _mint():
    return secrets.token_hex(8)


def with_body(answer, change):
    """The answer with `change` made to its JSON body."""
    body = json.loads(answer.body)
    change(body)
    return answer._replace(body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def with_header(answer, name, value):
    """The answer with another value of a header."""
    kept = tuple(header for header in answer.headers if header[0] != name)
    return answer._replace(headers=kept if value is None else (*kept, (name, value)))
