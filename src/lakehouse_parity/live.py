"""A run with a real model: what it answers nobody can foretell, so the invariants alone judge its calls.

A probe that asks a model through `/v1/iterate` is sent with the real one's names and without its script.
What asks no model is compared as ever, an extraction through the adapters, and the rest is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from lakehouse_parity import lossless
from lakehouse_parity.asking import AUTO_TRACE, TRACE_HEADER
from lakehouse_parity.config import Address
from lakehouse_parity.errors import Mistake
from lakehouse_parity.events import Judged
from lakehouse_parity.model import RUNTIMES, Outcome, Request, Surface, Verdict
from lakehouse_parity.targets.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.engine import Plan
    from lakehouse_parity.events import Event
    from lakehouse_parity.model import Probe, Tree

SECONDS = 900.0
"""How long a runtime may take: a hop has 240 seconds (IT-25), and a call has several."""

_NOWHERE = Address("127.0.0.1", 0)
_FAILED = 502

OUTAGE = "beside a real model's own time it does not show whether an answer waited for Langfuse"
CHAT = "a real model's answer to /v1/chat cannot be foretold"
MINTED = "sends no trace id of its own, by which a failed call of a real model could be found again"
NO_NAMES = "its request has no provider and model that could be replaced"


class LiveModel(Struct, frozen=True):
    """The real model, as the daemons' configuration names it."""

    provider: str
    model: str

    @classmethod
    def of(cls, text: str) -> LiveModel:
        """Read PROVIDER/MODEL; a model's name may hold further slashes. Raises Mistake."""
        provider, _, model = text.partition("/")
        if not provider or not model:
            raise Mistake(f"--live-model takes PROVIDER/MODEL, not {text!r}")
        return cls(provider, model)


def cast(plan: Plan, live: LiveModel) -> Plan:
    """The plan with the real model in place of the scripted one."""
    config = replace(plan.config, model=_NOWHERE)
    references = [Reference.of(config, runtime, plan.roster) for runtime in config.runtimes.values()]
    parts = [_part(probe, live, references) for probe in plan.probes]
    return replace(
        plan,
        config=replace(plan.config, model=None),
        probes=[part for part in parts if not isinstance(part, Outcome)],
        skipped=[part for part in parts if isinstance(part, Outcome)],
        live=True,
        seconds=SECONDS,
    )


def _part(probe: Probe, live: LiveModel, references: list[Reference]) -> Probe | Outcome:
    """What becomes of one probe: it is played otherwise, as it is, or left out with the reason."""
    if probe.raw is not None:
        return _by_adapters(probe)
    if not any(reference.observe(probe).model_requests for reference in references):
        return replace(probe, needs=probe.needs - {"model"})
    if probe.langfuse_fails:
        return Outcome(probe, Verdict.SKIPPED, OUTAGE)
    if probe.request.path.partition("?")[0] != "/v1/iterate":
        return Outcome(probe, Verdict.SKIPPED, CHAT)
    if probe.trace is None:
        return Outcome(probe, Verdict.SKIPPED, MINTED)
    return _alone(probe, live)


def _by_adapters(probe: Probe) -> Probe:
    """The text goes to the adapters; over HTTP only the daemon's health is asked, which is always there."""
    request = Request("GET", "/health")
    needs = probe.needs - {"model"} | {"adapters"}
    return replace(probe, request=request, script=(), expect=_of_extraction(probe), needs=needs, trace=None)


def _of_extraction(probe: Probe) -> tuple[tuple[Surface, str, Tree], ...]:
    return tuple(entry for entry in probe.expect if entry[0] is Surface.EXTRACTION)


def _alone(probe: Probe, live: LiveModel) -> Probe | Outcome:
    """The same request with the real model's names and the run's trace id, and nothing expected by hand."""
    try:
        members = lossless.parse(probe.request.body)
    except lossless.NotJson:
        members = None
    if not isinstance(members, dict) or not {"provider", "model"} <= members.keys():
        return Outcome(probe, Verdict.SKIPPED, NO_NAMES)
    body = lossless.write({**members, "provider": live.provider, "model": live.model}).encode()
    return replace(
        probe,
        request=replace(probe.request, headers=_untraced(probe.request), body=body),
        trace=AUTO_TRACE,
        provider=live.provider,
        model=live.model,
        script=(),
        expect=(),
        masks=(),
        needs=probe.needs - {"model", "ollama"},
        alone=True,
    )


def _untraced(request: Request) -> tuple[tuple[bytes, bytes], ...]:
    traced = TRACE_HEADER.lower()
    return tuple((name, value) for name, value in request.headers if name.lower() != traced)


class Reached(Struct):
    """A listener that sees whether the real model answered each runtime at all."""

    asked: bool = False
    reached: set[str] = field(default_factory=set)
    causes: dict[str, str] = field(default_factory=dict)

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if not isinstance(event, Judged) or not event.outcome.probe.alone:
            return
        self.asked = True
        for runtime in RUNTIMES:
            answer = event.seen[runtime].answer if runtime in event.seen else None
            if answer is not None and answer.status == _FAILED:
                self.causes[runtime] = answer.body.decode(errors="replace")[:300]
            elif answer is not None:
                self.reached.add(runtime)

    def complaints(self) -> Iterator[str]:
        """A sentence for each runtime that never had an answer: its calls show nothing of the loop."""
        for runtime in RUNTIMES:
            if self.asked and runtime not in self.reached:
                yield f"{runtime} never had an answer from the model: {self.causes.get(runtime, 'no answer')}"
