"""The sink: who asks for what, with which keys, and what it is answered."""

from __future__ import annotations

import base64
import hmac
import importlib
import json
from collections import Counter
from typing import TYPE_CHECKING

from lakehouse_parity.doubles.langfuse import ingestion
from lakehouse_parity.doubles.langfuse.kept import ANYONE, Kept, otlp_id
from lakehouse_parity.model import RUNTIMES, Fault, Outage
from lakehouse_parity.wire.server import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType

    from lakehouse_parity.wire.server import Received

OTLP = "/api/public/otel/v1/traces"
HEALTH = "/api/public/health"
PROJECTS = "/api/public/projects"

SLOW = 5.0
"""Seconds after which a Langfuse that is slow answers: far beyond what a busy machine costs a call."""

_NAMED = {"id": "parity", "name": "parity"}
_PROJECTS = json.dumps({"data": [{**_NAMED, "organization": _NAMED, "metadata": {}}]}).encode()
"""The one project that the keys are for: SDKs ask for it to check their keys."""
_HEALTHY = b'{"status":"OK","version":"lakehouse-parity"}'
_OUTAGES = {
    Outage.REFUSE: Reply(401, b'{"error":"UnauthorizedError","message":"Invalid credentials."}'),
    Outage.FAIL: Reply(500, b'{"message":"Internal Server Error"}'),
    Outage.BREAK_OFF: Reply(207, b'{"successes":[', fault=Fault.BREAK_OFF),
}


class LangfuseSink:
    """Keeps spans and traces by (runtime, trace id).

    A base URL that ends in `/rust` or `/go` says whose they are. What comes without is ANYONE's: it cannot
    be held against either runtime, and the run says so.
    """

    def __init__(self, public_key: str, secret_key: str) -> None:
        token = base64.b64encode(f"{public_key}:{secret_key}".encode()).decode()
        self._authorization = f"Basic {token}".encode()
        self._kept = Kept()
        self._outages: dict[str, Outage] = {}
        self._routes: dict[str, tuple[str, Callable[[str, Received], Reply]]] = {
            ingestion.PATH: ("POST", self._ingest),
            OTLP: ("POST", self._export),
            PROJECTS: ("GET", lambda _owner, _received: Reply(200, _PROJECTS)),
            HEALTH: ("GET", lambda _owner, _received: Reply(200, _HEALTHY)),
        }
        self.received: Counter[tuple[str, str]] = Counter()
        """Requests with the right keys, by (runtime, path)."""
        self.unusable: list[str] = []
        """Sentences about requests from which nothing could be taken: that is nobody's silence."""

    def handle(self, received: Received) -> Reply:
        """Answer one request as Langfuse does, or as badly as its trace was promised."""
        owner, path = _owner(received.path.partition("?")[0])
        method, take = self._routes.get(path, ("", None))
        if take is None:
            return _refusal(404, "LangfuseNotFoundError", f"there is no {path[:200]}")
        if received.method != method:
            return _refusal(405, "MethodNotAllowedError", "Method not allowed")
        if path != HEALTH and not self._authorized(received):
            if method == "POST":
                self._unusable(owner, "the keys are not those of `langfuse` in the configuration")
            return _refusal(401, "UnauthorizedError", _WRONG_KEYS)
        self.received[owner, path] += 1
        return take(owner, received)

    def _authorized(self, received: Received) -> bool:
        given = (received.header("authorization") or "").encode("latin-1")
        return hmac.compare_digest(given, self._authorization)

    def _ingest(self, owner: str, received: Received) -> Reply:
        if len(received.body) > ingestion.LARGEST:
            self._unusable(owner, f"a batch of {len(received.body)} bytes was refused: Langfuse takes 4.5 MB")
            return Reply(413, b"Body exceeded 4.5mb limit", "text/plain")
        batch = ingestion.batch_of(received.body)
        if batch is None:
            self._unusable(owner, "a body without a list `batch` was refused")
            return Reply(400, b'{"message":"Invalid request data","errors":["a body has a list `batch`"]}')
        outage = self._outage(ingestion.traces_of(batch)) if self._outages else None
        if outage in _OUTAGES:
            return _OUTAGES[outage]
        return _slowly(ingestion.reply(ingestion.take(self._kept, owner, batch)), outage)

    def _export(self, owner: str, received: Received) -> Reply:
        otlp = _otlp()
        if otlp is None:
            self._unusable(owner, _WITHOUT_OTLP)
            return _refusal(501, "NotImplementedError", _WITHOUT_OTLP)
        try:
            spans = otlp.spans(received)
        except otlp.Malformed as malformed:
            self._unusable(owner, f"a request of OpenTelemetry's protocol was refused: {malformed}")
            refusal: Reply = otlp.refusal(received, malformed)
            return refusal
        outage = self._outage({span.trace_id.hex() for span in spans}) if self._outages else None
        if outage in _OUTAGES:
            return _OUTAGES[outage]
        reply: Reply = otlp.reply(received, otlp.take(self._kept, owner, spans))
        return _slowly(reply, outage)

    def _outage(self, traces: Iterable[str]) -> Outage | None:
        return next((self._outages[trace] for trace in traces if trace in self._outages), None)

    def _unusable(self, owner: str, what: str) -> None:
        sentence = f"Langfuse, asked by {owner or 'nobody known'}: {what}"
        if sentence not in self.unusable:
            self.unusable.append(sentence)

    def fail(self, trace: str, outage: Outage) -> None:
        """From now on, misbehave so whenever spans of this trace come."""
        self._outages[trace] = self._outages[otlp_id(trace)] = outage

    def exports(self, runtime: str) -> bool:
        """Whether one runtime speaks OpenTelemetry's protocol, which has no event for a trace."""
        return self.received[runtime, OTLP] > 0

    def take(self, runtime: str, trace: str) -> tuple[bytes, ...]:
        """The spans of one runtime under one trace."""
        return self._kept.spans(runtime, trace)

    def take_traces(self, runtime: str, trace: str) -> tuple[bytes, ...]:
        """The bodies of the traces that one runtime made with this id."""
        return self._kept.traces(runtime, trace)

    def trace_ids(self, runtime: str) -> list[str]:
        """Every trace id under which one runtime (or ANYONE) has sent something."""
        return self._kept.trace_ids(runtime)

    def forget(self, runtime: str, traces: Iterable[str], bodies: Iterable[bytes]) -> None:
        """Drop these spans and traces: who asks the same again is to see new ones only."""
        self._kept.forget(runtime, traces, bodies)


_WRONG_KEYS = "Invalid credentials. Confirm that you've configured the correct host."
_WITHOUT_OTLP = "OpenTelemetry's protocol needs the extra `otlp`: pip install 'lakehouse-parity[otlp]'"


def _otlp() -> ModuleType | None:
    """The module that knows protobuf, loaded when it is needed; None where its packages are missing."""
    try:
        return importlib.import_module("lakehouse_parity.doubles.langfuse.otlp")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("google", "opentelemetry"):
            return None
        raise


def _slowly(reply: Reply, outage: Outage | None) -> Reply:
    if outage is not Outage.SLOW:
        return reply
    return Reply(reply.status, reply.body, reply.content_type, delay=SLOW)


def _refusal(status: int, error: str, message: str) -> Reply:
    return Reply(status, json.dumps({"error": error, "message": message}).encode())


def _owner(path: str) -> tuple[str, str]:
    for runtime in RUNTIMES:
        if path.startswith(f"/{runtime}/"):
            return runtime, path.removeprefix(f"/{runtime}")
    return ANYONE, path
