"""What Langfuse was told of the probes: whose spans and traces are whose, and what came astray."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity import lossless
from lakehouse_parity.asking import RUN_PREFIX
from lakehouse_parity.doubles.langfuse import ANYONE
from lakehouse_parity.evidence import row_span_ids
from lakehouse_parity.judging import REFERENCES
from lakehouse_parity.model import RUNTIMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

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
        self._wanted: Counter[str] = Counter()
        self._dealt: dict[tuple[str, str], tuple[bytes, ...]] = {}

    def begin(self) -> None:
        """Begin a round: what was awaited before has come, or will not."""
        self._wanted.clear()
        self._dealt.clear()

    def meet(self, probe: Probe, seen: Seen) -> None:
        """Know a probe that is asked: spans that have its model are no other probe's."""
        self._models.add(probe.model)
        if probe.trace is not None:
            self._senders[probe.trace].add(probe.id)
            self._wanted[probe.trace] += _traces_of_reference(seen)

    def looked_at(self, probe: Probe) -> bool:
        """Whether spans are evidence: a Langfuse that fails need not have been told of any."""
        return self._sink is not None and not probe.langfuse_fails

    def arrived(self, probe: Probe, owner: str, traces: Set[str], awaited: int) -> bool:
        """Whether as many spans as are awaited have come, and the trace that they hang in."""
        wanted = self._wanted[probe.trace] if self._shares(probe, owner) and probe.trace is not None else 1
        return not awaited or (
            len(self._spans(probe, owner, traces)) >= awaited and len(self._traces(owner, traces)) >= wanted
        )

    def _shares(self, probe: Probe, owner: str) -> bool:
        """Whether others send the same id, and each call's trace is told of by an event of its own."""
        shared = probe.trace is not None and len(self._senders[probe.trace]) > 1
        return shared and self._sink is not None and not self._sink.exports(owner)

    def deal(self, held: Sequence[tuple[Probe, Seen]]) -> None:
        """Deal out the traces under an id that several probes send: each call makes one (SP-5).

        Nobody can tell whose is whose, so all that counts is how many there are.
        """
        for owner in RUNTIMES:
            sharing: dict[str, list[tuple[Probe, Seen]]] = defaultdict(list)
            for probe, seen in held:
                if probe.trace is not None and self._shares(probe, owner):
                    sharing[probe.trace].append((probe, seen))
            for trace, several in sharing.items():
                self._deal(owner, self._traces(owner, {trace}), several)

    def _deal(self, owner: str, traces: tuple[bytes, ...], sharing: list[tuple[Probe, Seen]]) -> None:
        """As many to each as its reference makes, in order; what is left over goes to the last."""
        for probe, seen in sharing:
            last = probe is sharing[-1][0]
            wanted = len(traces) if last else _traces_of_reference(seen)
            self._dealt[owner, probe.id], traces = traces[:wanted], traces[wanted:]

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
        """The observations with spans and traces."""
        if not self.looked_at(probe):
            return seen
        complete = dict(seen)
        for owner in RUNTIMES:
            spans = self._spans(probe, owner, traces[owner])
            complete[owner] = replace(
                seen[owner],
                spans=spans,
                traces=self._dealt.get((owner, probe.id), self._traces(owner, traces[owner])),
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


def _traces_of_reference(seen: Seen) -> int:
    return len(seen[REFERENCES[0]].traces or ())


_ASTRAY = "spans arrived at Langfuse without /rust or /go in the base URL"
