"""What Langfuse was told of the probes: whose spans and traces are whose, and what came astray."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from lakehouse_parity import lossless
from lakehouse_parity.asking import RUN_PREFIX
from lakehouse_parity.doubles.langfuse import ANYONE
from lakehouse_parity.evidence import row_span_ids
from lakehouse_parity.model import RUNTIMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from lakehouse_parity.doubles import Doubles
    from lakehouse_parity.model import Observation, Probe

    Seen = dict[str, Observation]


class Emissions:
    """The spans and traces of one run; where Langfuse is not wired, there are none."""

    def __init__(self, doubles: Doubles) -> None:
        self._doubles = doubles
        self._sink = doubles.langfuse
        self._models: set[str] = set()
        self._senders: dict[str, set[str]] = defaultdict(set)

    def meet(self, probe: Probe) -> None:
        """Know a probe that is asked: spans that have its model are no other probe's."""
        self._models.add(probe.model)
        if probe.trace is not None:
            self._senders[probe.trace].add(probe.id)

    def looked_at(self, probe: Probe) -> bool:
        """Whether spans are evidence: a Langfuse that fails need not have been told of any."""
        return self._sink is not None and probe.outage is None

    def arrived(self, probe: Probe, owner: str, traces: Set[str], awaited: int) -> bool:
        """Whether as many spans as are awaited have come, and the trace that they hang in."""
        return not awaited or (
            len(self._spans(probe, owner, traces)) >= awaited and bool(self._traces(owner, traces))
        )

    def name(self, traces: Set[str], owner: str, row: bytes) -> bool:
        """Whether a row names a span that this runtime has sent, whatever its tag says."""
        if self._sink is None:
            return False
        sent = [lossless.parse(span).get("id") for trace in traces for span in self._sink.take(owner, trace)]
        return any(name in sent for name in row_span_ids([row]))

    def forget(self, probe: Probe, traces: Mapping[str, Set[str]]) -> None:
        """Drop what was a probe's, so that who asks it again sees new spans only."""
        if self._sink is not None:
            for owner, ids in traces.items():
                bodies = (*self._spans(probe, owner, ids), *self._traces(owner, ids))
                self._sink.forget(owner, ids, bodies)

    def added(self, probe: Probe, seen: Seen, traces: Mapping[str, Set[str]]) -> Seen:
        """The observations with spans and traces.

        Where several probes send the same id nobody can tell whose trace it is, so none is looked at.
        """
        if not self.looked_at(probe):
            return seen
        shared = probe.trace is not None and len(self._senders[probe.trace]) > 1
        complete = {side: replace(one, traces=None) if shared else one for side, one in seen.items()}
        for owner in RUNTIMES:
            spans = self._spans(probe, owner, traces[owner])
            complete[owner] = replace(
                complete[owner],
                spans=spans,
                traces=None if shared else self._traces(owner, traces[owner]),
                failure=seen[owner].failure or self._astray(probe, spans, traces[owner]),
            )
        return complete

    def accidents(self) -> list[str]:
        """What reached Langfuse and could not be used, and what nobody can tell the sender of."""
        if self._sink is None:
            return []
        astray = len(self._sink.trace_ids(ANYONE))
        return [*self._sink.unusable, *([f"{_ASTRAY} ({astray} traces): {self._remedy()}"] if astray else [])]

    def _spans(self, probe: Probe, owner: str, traces: Set[str]) -> tuple[bytes, ...]:
        if self._sink is None:
            return ()
        spans = (span for trace in sorted(traces) for span in self._sink.take(owner, trace))
        return tuple(span for span in spans if self._is_of(probe, span))

    def _traces(self, owner: str, traces: Set[str]) -> tuple[bytes, ...]:
        if self._sink is None:
            return ()
        return tuple(body for trace in sorted(traces) for body in self._sink.take_traces(owner, trace))

    def _is_of(self, probe: Probe, span: bytes) -> bool:
        """Whether a span under the probe's ids is its own: two probes may send the same id on purpose."""
        if probe.trace is not None and probe.trace.startswith(RUN_PREFIX):
            return True
        metadata = lossless.parse(span).get("metadata")
        model = metadata.get("model") if isinstance(metadata, dict) else None
        return model == probe.model or model not in self._models

    def _astray(self, probe: Probe, spans: tuple[bytes, ...], traces: Set[str]) -> str:
        """Why a runtime's spans cannot be told from the other's; empty where they can."""
        if spans or not self._spans(probe, ANYONE, traces):
            return ""
        return f"{_ASTRAY}: {self._remedy()}"

    def _remedy(self) -> str:
        base = f"http://{self._doubles.langfuse_address}"
        return f"let the Rust daemon's Langfuse base URL be {base}/rust and the Go daemon's {base}/go"


_ASTRAY = "spans arrived at Langfuse without /rust or /go in the base URL"
