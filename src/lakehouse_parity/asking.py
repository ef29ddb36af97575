"""The kinds of request that a probe can make, each encoded to bytes here and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from lakehouse_parity import lossless
from lakehouse_parity.fields import BREAKS
from lakehouse_parity.model import Request, Step
from lakehouse_parity.yamlio import Map

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lakehouse_parity.fields import Fields
    from lakehouse_parity.model import Tree

TRACE_HEADER = b"X-Lakehouse-Trace-Id"
RUN_PREFIX = "parity-"
"""Begins every trace id that a run makes up, so that its rows can be told apart in a shared log."""
AUTO_TRACE = "auto"
"""Marks a probe that does not care for its trace id: the engine gives it one of the run's."""

_JSON = (b"Content-Type", b"application/json")


class Names(Protocol):
    """The providers' names, as requests use them."""

    @property
    def provider(self) -> str:
        """In OpenAI's shape."""

    @property
    def ollama_provider(self) -> str | None:
        """In Ollama's."""


class Asked(Struct, frozen=True):
    """A request with what the harness has to know of it."""

    request: Request
    provider: str = ""
    model: str = ""
    raw: str | None = None
    script: tuple[Step, ...] = ()
    trace: str | None = None
    needs: frozenset[str] = frozenset()


def _trace(fields: Fields) -> str | None:
    """`trace: TEXT` sends that, `trace: null` sends none, nothing leaves it to the engine."""
    if not fields.has("trace"):
        return AUTO_TRACE
    if fields.any("trace") is None:
        return None
    trace = fields.need("trace", str)
    if BREAKS & set(trace):
        fields.fail("a trace id cannot hold a line break", "trace")
    return trace


def _headers(fields: Fields, trace: str | None) -> tuple[tuple[bytes, bytes], ...]:
    headers = fields.headers()
    if trace not in (None, AUTO_TRACE):
        headers.append((TRACE_HEADER, str(trace).encode()))
    return tuple(headers)


def _post(path: str, members: Tree, fields: Fields, **rest: Any) -> Asked:
    trace = _trace(fields)
    body = lossless.write(members).encode()
    return Asked(Request("POST", path, (_JSON, *_headers(fields, trace)), body), trace=trace, **rest)


def _model_call(path: str, members: dict[str, Tree], fields: Fields, needs: frozenset[str]) -> Asked:
    """A request that names a provider and a model, so that its script can be found."""
    names = {key: members[key] if isinstance(members[key], str) else "" for key in ("provider", "model")}
    return _post(path, members, fields, needs=needs, **names)


_ITERATE_MEMBERS: Mapping[str, type] = {
    "kind": str, "prompt": str, "provider": str, "model": str, "system": str,
    "max_iterations": bytes, "max_tokens": bytes, "temperature": bytes,
}  # fmt: skip


def _iterate(fields: Fields, probe_id: str, names: Names) -> Asked:
    """A well-formed request; one that is malformed on purpose is spelled out under `http`."""
    section = fields.fields("iterate")
    assert section is not None
    for member, kind in _ITERATE_MEMBERS.items():
        if section.has(member) and section.any(member) is not None:
            section.get(member, kind)
    return _named("iterate", "/v1/iterate", fields, probe_id, names)


def _chat(fields: Fields, probe_id: str, names: Names) -> Asked:
    return _named("chat", "/v1/chat", fields, probe_id, names)


def _named(key: str, path: str, fields: Fields, probe_id: str, names: Names) -> Asked:
    """Provider and model are filled in where the probe leaves them open; `ollama: true` takes that shape."""
    ollama = bool(fields.get("ollama", bool))
    provider = (names.ollama_provider or "") if ollama else names.provider
    defaults = {"provider": provider, "model": probe_id}
    needs = frozenset({"model", "ollama"} if ollama else {"model"})
    return _model_call(path, {**defaults, **fields.need(key, Map)}, fields, needs)


def _validate(fields: Fields, _probe_id: str, _names: Names) -> Asked:
    return _post("/v1/validate", fields.any("validate"), fields)


def _extract(fields: Fields, probe_id: str, names: Names) -> Asked:
    """The text goes to the adapters, and end to end through one iteration as the model's answer."""
    raw = fields.need("extract", str)
    members = {"kind": "playbook", "prompt": "Extract.", "max_iterations": b"1"}
    trace = _trace(fields)
    body = lossless.write({**members, "provider": names.provider, "model": probe_id}).encode()
    request = Request("POST", "/v1/iterate", (_JSON, *_headers(fields, trace)), body)
    return Asked(request, names.provider, probe_id, raw, (Step(content=raw),), trace, frozenset({"model"}))


def _get(fields: Fields, _probe_id: str, _names: Names) -> Asked:
    trace = _trace(fields)
    return Asked(Request("GET", fields.need("get", str), _headers(fields, trace)), trace=None)


def _http(fields: Fields, probe_id: str, names: Names) -> Asked:
    """A request spelled out: nothing is added but what `trace` says."""
    section = fields.fields("http")
    assert section is not None
    trace = _trace(fields)
    headers = tuple(section.headers())
    request = Request(
        section.need("method", str),
        section.need("path", str),
        headers + _headers(fields, trace),
        _bytes(section),
    )
    section.close()
    return Asked(request, names.provider, probe_id, trace=trace)


def _bytes(section: Fields) -> bytes:
    """`json` as a value, `body` as text, or `body_hex` for bytes that no text has."""
    if section.has("json"):
        return lossless.write(section.any("json")).encode()
    return section.data()


KINDS: Mapping[str, Callable[[Fields, str, Names], Asked]] = {
    "iterate": _iterate,
    "validate": _validate,
    "chat": _chat,
    "extract": _extract,
    "get": _get,
    "http": _http,
}
