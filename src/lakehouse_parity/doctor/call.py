"""One scripted call through a daemon, and everything that it left behind."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity.asking import RUN_PREFIX, TRACE_HEADER
from lakehouse_parity.doubles.langfuse import ANYONE
from lakehouse_parity.model import RUNTIMES, Request, Step
from lakehouse_parity.wire.client import Client, WireError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lakehouse_parity.config import Config, Runtime
    from lakehouse_parity.doubles import Doubles
    from lakehouse_parity.model import Answer, ModelRequest
    from lakehouse_parity.sessions.tail import Row, Tail

_POLL = 0.02
_JSON = (b"Content-Type", b"application/json")
_SCRIPT = (Step(content="There is no JSON in this."),)
"""One attempt, exhausted: no validator has to agree, and yet a call, a row and a span come of it."""


class Call(Struct, frozen=True):
    """What was asked, what came back, and what came on other ways; moments are seconds since the epoch."""

    trace: str
    asked_at: float
    answered_at: float
    answer: Answer | None
    failure: str = ""
    calls: tuple[ModelRequest, ...] = ()
    """Those that reached the scripted model as this runtime's."""
    astray: str = ""
    """The runtime as which they came instead."""
    rows: tuple[Row, ...] = ()
    spans: tuple[bytes, ...] = ()
    spans_astray: str = ""
    """The runtime, or `nobody`, as which its spans came instead."""


class Around(Struct, frozen=True):
    """What stands around the call; None where it is not wired or cannot be used."""

    config: Config
    doubles: Doubles
    tail: Tail | None
    run: str
    seconds: float
    """How long rows and spans may take."""


async def iterate(client: Client, runtime: Runtime, around: Around) -> Call:
    """One call of `/v1/iterate`, with its model calls, rows and spans."""
    config = around.config
    model = f"doctor/{runtime.name}-{around.run}"
    members = {"kind": "playbook", "prompt": "Is anybody there?", "max_iterations": 1}
    call = await _ask(
        client, "/v1/iterate", runtime, around, {**members, "provider": config.provider, "model": model}
    )
    if call.answer is None:
        return call
    await _settle(call, runtime, around)
    spans, astray = _spans(call.trace, runtime.name, around.doubles)
    return replace(call, rows=_rows(call.trace, around.tail), spans=spans, spans_astray=astray)


async def chat(client: Client, runtime: Runtime, around: Around) -> Call:
    """One call of `/v1/chat` by the provider in Ollama's shape."""
    model = f"doctor/{runtime.name}-ollama-{around.run}"
    messages = [{"role": "user", "content": "Is anybody there?"}]
    members = {"provider": around.config.ollama_provider, "model": model, "messages": messages}
    return await _ask(client, "/v1/chat", runtime, around, members)


async def _ask(
    client: Client, path: str, runtime: Runtime, around: Around, members: Mapping[str, object]
) -> Call:
    model, scripted = str(members["model"]), around.doubles.model
    trace = f"{RUN_PREFIX}{around.run}-{model}"
    if scripted is not None:
        scripted.expect(model, _SCRIPT)
    request = Request("POST", path, (_JSON, (TRACE_HEADER, trace.encode())), json.dumps(members).encode())
    asked_at, answer, failure = time.time(), None, ""
    try:
        answer = await client.ask(request)
    except WireError as error:
        failure = str(error)
    call = Call(trace, asked_at, time.time(), answer, failure)
    if scripted is None:
        return call
    taken = {name: scripted.take(name, model) for name in RUNTIMES}
    astray = next((name for name in RUNTIMES if name != runtime.name and taken[name]), "")
    return replace(call, calls=taken[runtime.name], astray=astray)


async def _settle(call: Call, runtime: Runtime, around: Around) -> None:
    """Wait for the row and the span, at most so long."""
    deadline = time.monotonic() + around.seconds
    while time.monotonic() < deadline:
        rows = around.tail is None or _rows(call.trace, around.tail)
        spans = around.doubles.langfuse is None or any(_spans(call.trace, runtime.name, around.doubles))
        if rows and spans:
            return
        await asyncio.sleep(_POLL)


def _rows(trace: str, tail: Tail | None) -> tuple[Row, ...]:
    if tail is None:
        return ()
    tail.read()
    return tuple(tail.find({trace}, ""))


def _spans(trace: str, runtime: str, doubles: Doubles) -> tuple[tuple[bytes, ...], str]:
    """Its spans, or as whose they came instead."""
    sink = doubles.langfuse
    if sink is None:
        return (), ""
    own = sink.take(runtime, trace)
    others = [name for name in (*RUNTIMES, ANYONE) if name != runtime and sink.take(name, trace)]
    return own, (others[0] or "nobody") if others and not own else ""
