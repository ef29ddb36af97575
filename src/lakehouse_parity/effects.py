"""What a probe does to a runtime besides being answered, as the reference tells before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity.config import Address
from lakehouse_parity.model import Outcome, Verdict
from lakehouse_parity.targets.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse_parity.engine import Plan
    from lakehouse_parity.model import Probe

_NOWHERE = Address("127.0.0.1", 0)


class Effects(Struct, frozen=True):
    """What one runtime does for one probe that stays, or costs."""

    rows: int = 0
    """Session rows that it appends."""
    model_calls: int = 0
    """Calls that it makes to the model provider."""

    def __bool__(self) -> bool:
        return bool(self.rows or self.model_calls)

    def __str__(self) -> str:
        rows = f"{self.rows} session row{'s' * (self.rows > 1)}" if self.rows else ""
        calls = f"{self.model_calls} model call{'s' * (self.model_calls > 1)}" if self.model_calls else ""
        return ", ".join(filter(None, (rows, calls))) or "none"


def of(plan: Plan) -> dict[str, Effects]:
    """The effects of each of the plan's probes, by its id, whether their evidence is wired or not."""
    config = replace(plan.config, model=_NOWHERE, session_log=Path("sessions.jsonl"))
    references = [Reference.of(config, runtime, plan.roster) for runtime in config.runtimes.values()]
    return {probe.id: _most(probe, references) for probe in plan.probes}


def _most(probe: Probe, references: Sequence[Reference]) -> Effects:
    """The graver of both dialects: what one library reads may be a call that the other refuses."""
    seen = [reference.observe(probe) for reference in references]
    return Effects(
        max(len(observation.rows or ()) for observation in seen),
        max(len(observation.model_requests or ()) for observation in seen),
    )


def read_only(plan: Plan) -> Plan:
    """The plan without what writes or costs; those probes are skipped, and say why."""
    effects = of(plan)
    left_out = [
        Outcome(probe, Verdict.SKIPPED, f"read-only: it would cause {effects[probe.id]}")
        for probe in plan.probes
        if effects[probe.id]
    ]
    kept = [probe for probe in plan.probes if not effects[probe.id]]
    return replace(plan, probes=kept, skipped=[*plan.skipped, *left_out])
