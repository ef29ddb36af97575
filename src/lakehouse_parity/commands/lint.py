"""`parity lint`: everything about the probes that can be known without a daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity import known, rosters, suite
from lakehouse_parity.config import Address, Config, Langfuse, Runtime
from lakehouse_parity.coverage import cover, gaps
from lakehouse_parity.engine import prepared
from lakehouse_parity.errors import Mistake
from lakehouse_parity.judging import REFERENCES, judge
from lakehouse_parity.model import RUNTIMES, Verdict
from lakehouse_parity.reports import terminal
from lakehouse_parity.reports.wording import describe
from lakehouse_parity.targets.reference import Reference
from lakehouse_spec.dialects import Dialect

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lakehouse_parity.model import Mask, Probe
    from lakehouse_spec.roster import Roster

_NOWHERE = Address("127.0.0.1", 0)


def run(options: argparse.Namespace) -> int:
    """Print each complaint; 0 where there is none. Raises Mistake for what cannot even be read."""
    screen = terminal.screen()
    roster = rosters.load(options.roster)
    probes = suite.load(options.probes, roster, suite.Names(ollama_provider="parity-ollama"))
    known_entries = known.load(options.probes / suite.KNOWN_FILE)
    complaints = [*disagreements(probes, roster, options.roster, suite.load_masks(options.probes))]
    complaints += gaps(cover(probes, {}))
    complaints += known.unmatched(known_entries, frozenset(probe.id for probe in probes))
    for complaint in complaints:
        screen.print(complaint, soft_wrap=True, markup=False)
    if complaints:
        raise Mistake(f"{len(complaints)} complaints about {len(probes)} probes")
    screen.print(f"{len(probes)} probes: every clause is covered, the reference meets every expectation")
    return 0


def disagreements(
    probes: Sequence[Probe], roster: Roster, path: Path, masks: Sequence[Mask]
) -> Iterator[str]:
    """Where the reference does not meet what a probe spells out by hand: one of the two is wrong."""
    config = Config(
        runtimes={
            "rust": Runtime("rust", _NOWHERE, "gateway", Dialect.SERDE_JSON, ("adapter",)),
            "go": Runtime("go", _NOWHERE, "validatord", Dialect.ENCODING_JSON, ("adapter",)),
        },
        roster=path,
        session_log=path,
        model=_NOWHERE,
        ollama_provider="parity-ollama",
        langfuse=Langfuse(_NOWHERE, "", ""),
    )
    references = [Reference.of(config, config.runtimes[name], roster) for name in RUNTIMES]
    for probe in probes:
        yield from _disagreement(prepared(probe, "lint"), references, masks)


def _disagreement(probe: Probe, references: list[Reference], masks: Sequence[Mask]) -> Iterator[str]:
    """Judge the reference as if it were both runtimes: a difference can only come from the expectations."""
    observed = [reference.observe(probe) for reference in references]
    outcome = judge(probe, dict(zip((*RUNTIMES, *REFERENCES), observed * 2, strict=True)), masks)
    if outcome.verdict not in (Verdict.PARITY, Verdict.DIALECT):
        yield f"{probe.place}: the reference does not do what the probe expects:\n" + "\n".join(
            describe(outcome, {})
        )
    for mask in probe.masks:
        if f"{mask.surface.value} {mask.path}" not in outcome.masked:
            yield f"{mask.place}: the mask {mask.surface.value} {mask.path} never fires"
