"""Probes that are judged by their answers alone: that the same answers were at parity before is remembered.

A validator gives few different answers to many requests, and what four of them come to depends on nothing
else where nothing beside them is looked at. Only parity is remembered; what differs is looked at each time.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity.judging import SIDES, judge
from lakehouse_parity.model import Observation, Verdict

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from lakehouse_parity.model import Mask, Outcome, Probe

LONGEST = 1024
"""Bytes of a body that is remembered."""
MOST = 4096
"""Fours of answers that are remembered; then what was remembered is forgotten."""

_USUALLY = dict(zip(Observation.__struct_fields__, Observation.__struct_defaults__, strict=True))
_OTHERS = [name for name in _USUALLY if name not in ("answer", "refusal")]
_BESIDE = attrgetter(*_OTHERS)
_NOTHING = tuple(_USUALLY[name] for name in _OTHERS)
"""Whatever an observation has beside an answer, and what that is where nothing was seen."""


class Judge:
    """Judges one probe after the other, all by the same masks."""

    def __init__(self, masks: Sequence[Mask]) -> None:
        self._masks = masks
        self._at_parity: dict[Hashable, Outcome] = {}

    def __call__(self, probe: Probe, seen: Mapping[str, Observation]) -> Outcome:
        """What `judge` says, which is asked where nobody remembers it."""
        key = _key(probe, seen)
        known = self._at_parity.get(key) if key is not None else None
        if known is not None:
            return replace(known, probe=probe)
        outcome = judge(probe, seen, self._masks)
        if key is not None and outcome.verdict is Verdict.PARITY and not outcome.differences:
            self._keep(key, outcome)
        return outcome

    def _keep(self, key: Hashable, outcome: Outcome) -> None:
        if len(self._at_parity) == MOST:
            self._at_parity.clear()
        self._at_parity[key] = outcome


def _key(probe: Probe, seen: Mapping[str, Observation]) -> Hashable | None:
    """All that `judge` looks at; None where that is more than the endpoint and four short answers.

    Its clauses decide only about differences.
    """
    if probe.converses or probe.alone or probe.expect or probe.absent or probe.masks:
        return None
    told: list[Hashable] = [probe.request.method, probe.request.path, probe.exact, "ollama" in probe.needs]
    for side in SIDES:
        observation = seen[side]
        answer = observation.answer
        if answer is None or len(answer.body) > LONGEST or _BESIDE(observation) != _NOTHING:
            return None
        told += (answer.status, answer.header("content-type"), answer.body, observation.refusal)
    return tuple(told)
