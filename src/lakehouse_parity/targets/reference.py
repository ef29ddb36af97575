"""The reference in process: the specification's service, driven by the probe's script without a socket."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity.model import Answer, ModelRequest, Observation
from lakehouse_parity.script import play
from lakehouse_parity.wire.reading import frames_itself, received
from lakehouse_spec import service
from lakehouse_spec.dialects import read_alike, serialise
from lakehouse_spec.extract import extract
from lakehouse_spec.service import ProviderKind, Settings, UsageBook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse_parity.config import Config, Runtime
    from lakehouse_parity.model import Probe
    from lakehouse_spec.dialects import Json
    from lakehouse_spec.roster import Roster
    from lakehouse_spec.service import Handled, ProviderCall

VALIDATE = "/v1/validate"

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_STEP = timedelta(milliseconds=1)


class _Clock:
    """A clock that steps one millisecond at each look, so that the reference is the same every time."""

    def __init__(self) -> None:
        self._now = _EPOCH

    def __call__(self) -> datetime:
        self._now += _STEP
        return self._now


class _Mint:
    """Ids that are the same every time."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self) -> str:
        self._count += 1
        return f"{self._count:016x}"


class Reference(Struct, frozen=True):
    """The reference under one runtime's dialect and tag."""

    settings: Settings
    evidence: frozenset[str]
    """Which of session_log, langfuse, model and adapters are wired, as for the runtimes."""

    @classmethod
    def of(cls, config: Config, runtime: Runtime, roster: Roster) -> Reference:
        """The reference that a runtime is held against."""
        providers = {config.provider: ProviderKind.OPENAI}
        if config.ollama_provider is not None:
            providers[config.ollama_provider] = ProviderKind.OLLAMA
        settings = Settings(
            dialect=runtime.dialect,
            daemon=runtime.daemon,
            version="reference",
            roster=roster,
            providers=providers,
            session_log=config.session_log is not None,
            langfuse=config.langfuse is not None,
        )
        evidence = config.capabilities | ({"adapters"} if runtime.adapter else frozenset())
        return cls(settings, evidence)

    def observe(self, probe: Probe) -> Observation:
        """What the specification says of the probe."""
        clock, calls = _Clock(), list[ModelRequest]()
        request = probe.request
        path, body = received(request)
        run = service.handle(
            self.settings,
            service.HttpRequest(request.method, path, request.headers, body),
            clock,
            _Mint(),
            UsageBook(),
        )
        try:
            call = next(run)
            while True:
                call = run.send(self._answer(probe, call, calls, clock))
        except StopIteration as stop:
            return self._observation(probe, stop.value, tuple(calls))

    def _answer(
        self, probe: Probe, call: ProviderCall, calls: list[ModelRequest], clock: _Clock
    ) -> service.ProviderAnswer | service.ProviderSilence:
        received = clock().timestamp()
        played = play(probe.script, len(calls), call.path, probe.model)
        calls.append(
            ModelRequest(call.path, _lowered(call.headers), call.body, received, clock().timestamp())
        )
        if played.fault is not None:
            return service.ProviderSilence()
        return service.ProviderAnswer(played.status, played.content_type or None, played.body)

    def _observation(self, probe: Probe, handled: Handled, calls: tuple[ModelRequest, ...]) -> Observation:
        answer = handled.answer
        told = Answer(answer.status, _lowered(answer.headers), answer.body)
        plain = Observation(answer=told, refusal=handled.refusal)
        if not probe.converses:
            return plain
        rows = () if handled.row is None else (self._bytes(handled.row),)
        looked = not probe.langfuse_fails and "langfuse" in self.evidence
        return replace(
            plain,
            in_time=True if probe.langfuse_fails else None,
            traces=(() if handled.trace is None else (self._bytes(handled.trace),)) if looked else None,
            model_requests=calls if "model" in self.evidence else None,
            rows=rows if "session_log" in self.evidence else None,
            spans=tuple(map(self._bytes, handled.spans)) if looked else None,
            extraction=self._extraction(probe),
            usage=_usage(handled),
        )

    def _extraction(self, probe: Probe) -> bytes | None:
        if probe.raw is None or "adapters" not in self.evidence:
            return None
        value = extract(probe.raw, self.settings.dialect)
        return self._bytes({"found": value is not None, "value": value})

    def _bytes(self, value: Json) -> bytes:
        return serialise(value, self.settings.dialect).encode()


@lru_cache(maxsize=256)
def _lowered(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Headers with names in lower case; most answers have the same."""
    return tuple([(name.lower(), value) for name, value in headers])


class RememberingReference:
    """A reference that plays a probe once and says the same ever after: the same probes are asked often."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._said: dict[tuple[str, str | None], Observation] = {}

    def observe(self, probe: Probe) -> Observation:
        """What the specification says of the probe; its id and its trace id say which one it is."""
        key = (probe.id, probe.trace)
        if key not in self._said:
            self._said[key] = self._reference.observe(probe)
        return self._said[key]


def both(references: Sequence[Reference | RememberingReference], probe: Probe) -> tuple[Observation, ...]:
    """What the references of one run say of the probe, one for each runtime.

    Nothing but their dialects makes two answers of a validator's, so that the second is not asked where the
    first one's has to be its own too.
    """
    first, second = references
    said = first.observe(probe)
    return said, (said if _is_anybodys(probe, said) else second.observe(probe))


def _is_anybodys(probe: Probe, said: Observation) -> bool:
    """Whether this answer depends on no dialect."""
    request, answer = probe.request, said.answer
    return (
        request.path == VALIDATE
        and not probe.converses
        and answer is not None
        and _answer_read_alike(answer.body)
        and read_alike(request.body)
        and not frames_itself(request)
    )


_answer_read_alike = lru_cache(maxsize=512)(read_alike)
"""Many requests have the same answer."""


def _usage(handled: Handled) -> bytes:
    """What the probe's provider and model gain: the one entry of a book that knows nothing else."""
    book = UsageBook()
    for count in handled.usage:
        book.add(count)
    entries = [asdict(totals) for totals in book.totals.values()]
    return json.dumps(entries[0] if entries else None).encode()
