"""What has to be so of one daemon: up, the right one, wired to the harness, over the same roster."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lakehouse_parity import lossless
from lakehouse_parity.doctor import call as calling
from lakehouse_parity.doctor import here
from lakehouse_parity.doctor.check import Check, State, good, left, missing
from lakehouse_parity.doctor.clock import clock
from lakehouse_parity.errors import Place
from lakehouse_parity.model import Probe, Request
from lakehouse_parity.targets.health import HEALTH
from lakehouse_parity.targets.reference import Reference
from lakehouse_parity.wire.client import Client, WireError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.config import Runtime
    from lakehouse_parity.doctor.call import Around, Call
    from lakehouse_parity.model import Answer, Tree
    from lakehouse_spec.roster import Roster, Worker

_OK = 200
_SAMPLE = 8
"""Workers that are asked about."""
_NOBODY = "parity-doctor-has-no-such-worker"
_SECONDS = 30.0
_SHOWN = 200


async def examine(runtime: Runtime, around: Around, roster: Roster | None) -> list[Check]:
    """Everything about one daemon; where it is down, the rest is not checked."""
    client = Client(runtime.address, _SECONDS)
    try:
        health = await _health(client)
        if isinstance(health, str):
            remedy = (
                f"start it, or correct {runtime.place}; `parity up {runtime.name}` starts the bundled one"
            )
            down = missing(_name(runtime, "up"), f"nothing usable at {runtime.url}: {health}", remedy)
            rest = (left(_name(runtime, what), f"{runtime.name} is down") for what in _REST)
            return [down, *rest, await here.adapter(runtime)]
        call = await calling.iterate(client, runtime, around)
        return [
            *_identity(runtime, health),
            _model(runtime, around, call),
            await _ollama(client, runtime, around),
            _log(runtime, around, call),
            _langfuse(runtime, around, call),
            clock(_name(runtime, "clock"), call),
            await _roster(client, runtime, around, roster),
            await here.adapter(runtime),
        ]
    finally:
        client.close()


_REST = ("tag", "model", "ollama", "session log", "langfuse", "clock", "roster")


def _name(runtime: Runtime, what: str) -> str:
    return f"{runtime.name}: {what}"


async def _health(client: Client) -> Tree | str:
    """What GET /health says, or why it says nothing."""
    try:
        answer = await client.ask(HEALTH)
    except WireError as error:
        return str(error)
    return _members(answer) if answer.status == _OK else f"GET /health answered {answer.status}"


def _members(answer: Answer) -> dict[str, Tree]:
    try:
        found = lossless.parse(answer.body)
    except lossless.NotJson:
        return {}
    return found if isinstance(found, dict) else {}


def _identity(runtime: Runtime, health: dict[str, Tree]) -> Iterator[Check]:
    daemon, version = health.get("daemon"), health.get("version")
    yield good(_name(runtime, "up"), f"{daemon} {version} at {runtime.url}")
    if daemon == runtime.daemon:
        yield good(_name(runtime, "tag"), f"calls itself {daemon!r}")
    else:
        remedy = f"correct `daemon` near {runtime.place}, or the address: another daemon may listen there"
        yield missing(_name(runtime, "tag"), f"calls itself {daemon!r}, expected {runtime.daemon!r}", remedy)


def _model(runtime: Runtime, around: Around, call: Call) -> Check:
    name, address = _name(runtime, "model"), around.doubles.model_address
    if address is None:
        return _no_double(name, "model")
    base = f"http://{address}/{runtime.name}"
    if call.astray:
        told = f"its model calls come as {call.astray}'s"
        return missing(name, told, f"let the base URL of its provider {around.config.provider!r} be {base}")
    if not call.calls:
        remedy = (
            f"give it a provider {around.config.provider!r} with the base URL {base}, reachable from there"
        )
        return missing(name, f"no model call reached the harness; {_answered(call)}", remedy)
    return good(name, f"a scripted call went through as POST {call.calls[0].path}")


async def _ollama(client: Client, runtime: Runtime, around: Around) -> Check:
    name, provider = _name(runtime, "ollama"), around.config.ollama_provider
    if around.doubles.model_address is None or provider is None:
        return _no_double(name, "model.ollama_provider")
    call = await calling.chat(client, runtime, around)
    base = f"http://{around.doubles.model_address}/{runtime.name}"
    remedy = f"give it a provider {provider!r} of Ollama's kind with the base URL {base}"
    if call.astray or not call.calls:
        whose = f"its calls come as {call.astray}'s" if call.astray else f"no call came; {_answered(call)}"
        return missing(name, whose, remedy)
    if call.calls[0].path != "/api/chat":
        return missing(name, f"it asked POST {call.calls[0].path}, which is not Ollama's shape", remedy)
    return good(name, f"a scripted call went through as POST {call.calls[0].path}")


def _no_double(name: str, section: str) -> Check:
    return Check(name, State.LEFT, f"not checked: `{section}` is not wired, or its port is taken")


def _answered(call: Call) -> str:
    if call.answer is None:
        return f"no answer: {call.failure}"
    return f"it answered {call.answer.status}: {call.answer.body.decode(errors='replace')[:_SHOWN]}"


def _log(runtime: Runtime, around: Around, call: Call) -> Check:
    name, path = _name(runtime, "session log"), around.config.session_log
    if path is None or around.tail is None:
        return left(name, "the log is not wired or cannot be read")
    if call.answer is None:
        return left(name, f"its call had no answer: {call.failure}")
    if not call.rows:
        remedy = f"set its session_log_path to {path.resolve()}: it writes elsewhere, or not at all"
        return missing(name, f"no row of its call came to {path} within {around.seconds:g} s", remedy)
    tag = call.rows[0].daemon
    if tag != runtime.daemon:
        remedy = f"correct `daemon` near {runtime.place}, or the daemon's own tag"
        return missing(name, f"its row is tagged {tag!r}, expected {runtime.daemon!r}", remedy)
    return good(name, f"its row came to {path}, tagged {tag!r}")


def _langfuse(runtime: Runtime, around: Around, call: Call) -> Check:
    name, sink, wanted = _name(runtime, "langfuse"), around.doubles.langfuse, around.config.langfuse
    if sink is None or wanted is None:
        return _no_double(name, "langfuse")
    if not call.calls:
        return left(name, "its model call did not go through, and so there is no span")
    if call.spans:
        return good(name, f"{len(call.spans)} span came with the right keys")
    base = f"http://{around.doubles.langfuse_address}/{runtime.name}"
    refused = [told for told in sink.unusable if told.startswith(f"Langfuse, asked by {runtime.name}:")]
    if refused:
        keys = "LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY, or their like,"
        return missing(name, "; ".join(refused), f"set its {keys} to `langfuse` in the configuration")
    if call.spans_astray:
        return missing(
            name, f"its spans come as {call.spans_astray}'s", f"let its Langfuse base URL be {base}"
        )
    remedy = f"let its Langfuse base URL be {base}, with the keys of `langfuse` in the configuration"
    return missing(name, f"no span of its call came within {around.seconds:g} s", remedy)


async def _roster(client: Client, runtime: Runtime, around: Around, roster: Roster | None) -> Check:
    """Workers from all over the roster, each with name, city, state and role, and one whom it lacks."""
    name = _name(runtime, "roster")
    if roster is None:
        return left(name, "the roster cannot be read here")
    reference = Reference.of(around.config, runtime, roster)
    requests = [(worker.worker_id, _fill(worker.worker_id, worker)) for worker in _sample(roster)]
    for worker_id, request in [*requests, (_NOBODY, _fill(_NOBODY, roster.workers[0]))]:
        probe = Probe("doctor/roster", "doctor", ("RO-3",), request, Place("doctor"))
        expected = reference.observe(probe).answer
        assert expected is not None
        try:
            answer = await client.ask(request)
        except WireError as error:
            return missing(name, f"POST /v1/validate: {error}", "see what its own log says")
        if answer.status != expected.status:
            told = f"asked about {worker_id!r} it answered {answer.status} in place of {expected.status}:"
            remedy = f"give it the roster {around.config.roster}, or name its own in the configuration"
            return missing(name, f"{told} {answer.body.decode(errors='replace')[:_SHOWN]}", remedy)
    told = f"{len(requests)} of {len(roster.workers)} workers are answered for as the roster has them"
    return good(name, f"{told}, and one whom it lacks is refused")


def _sample(roster: Roster) -> list[Worker]:
    step = max(1, len(roster.workers) // _SAMPLE)
    return list(roster.workers[::step][:_SAMPLE])


def _fill(worker_id: str, worker: Worker) -> Request:
    context = {"target_count": 1, "city": worker.city, "state": worker.state, "role": worker.role}
    artifact = {"fills": [{"candidate_id": worker_id, "name": worker.name}]}
    body = json.dumps({"kind": "fill", "artifact": artifact, "context": context}).encode()
    return Request("POST", "/v1/validate", ((b"Content-Type", b"application/json"),), body)
