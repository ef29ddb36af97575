"""Whether a long run stays what it was: 10,000 generated probes, 200 in flight, round after round.

    python -m benchmarks.load [--minutes 10] [--probes 10000] [--jobs 200]

After every round it prints the memory and the open descriptors of the harness and of both bundled daemons,
and a digest of all verdicts. It ends with 1 where a digest is another than the first, or where the last third
of the rounds holds a quarter more memory, or more descriptors, than the first third; and with 3 where there
were too few rounds to tell.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lakehouse_parity import rosters, stage, suite
from lakehouse_parity.engine import Plan, Run
from lakehouse_parity.events import Finished, Judged
from lakehouse_parity.model import Outcome, Verdict
from lakehouse_parity.targets import bundled

ROUNDS_BEFORE = 2
"""Rounds in which caches fill and pools grow; the growth is counted behind them."""
_SPARE_DESCRIPTORS = 50


@dataclass(frozen=True, slots=True)
class Sample:
    """One process after one round."""

    megabytes: float
    descriptors: int

    @classmethod
    def of(cls, pid: int) -> Sample:
        """Look at a process."""
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return cls(pages * os.sysconf("SC_PAGESIZE") / 1e6, len([*Path(f"/proc/{pid}/fd").iterdir()]))


def main() -> int:
    """Generate, drive, sample, judge."""
    parser = argparse.ArgumentParser(description="Drive the bundled daemons for a long time.")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--probes", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder), options.probes)
        samples, digests = asyncio.run(_drive(Path(folder), options))
    return _judge(samples, digests)


def generate(folder: Path, count: int) -> None:
    """Write that many probes, of three suites."""
    makers = {"validate": _validate, "extract": _extract, "iterate": _iterate}
    for number, (name, make) in enumerate(makers.items()):
        (folder / name).mkdir()
        probes = [make(each) for each in range(number, count, len(makers))]
        (folder / name / "generated.yaml").write_text(json.dumps({"probes": probes}))


def _validate(number: int) -> dict[str, object]:
    artifact = {"operation": f"fill: Welder x{number} in Toledo, OH", "endorsed_names": ["A"]}
    asked = {"kind": "playbook", "artifact": {**artifact, "fingerprint": f"f-{number}"[: number % 5]}}
    return {"name": f"v-{number}", "clauses": ["VA-4"], "validate": asked}


def _extract(number: int) -> dict[str, object]:
    value = json.dumps({"n": number, "a": [number] * (number % 50)})
    text = f"Sure {{{number}}}: ```json\n{value}\n```"
    return {"name": f"e-{number}", "clauses": ["EX-1"], "extract": text}


def _iterate(number: int) -> dict[str, object]:
    operation = f"fill: Welder x{number} in Toledo, OH"
    artifact = {"operation": operation, "endorsed_names": ["A"], "fingerprint": "f"}
    model = [{"reply": "I am sorry."}] * (number % 3) + [{"json": artifact}]
    asked = {"kind": "playbook", "prompt": f"Write {number}." + " x" * (number % 200)}
    return {"name": f"i-{number}", "clauses": ["IT-9"], "iterate": asked, "model": model}


async def _drive(folder: Path, options: argparse.Namespace) -> tuple[dict[str, list[Sample]], list[str]]:
    samples: dict[str, list[Sample]] = {}
    digests: list[str] = []
    plays = await bundled.build(bundled.SOURCES, print)
    end = time.monotonic() + options.minutes * 60
    async with stage.fleet(plays) as (config, doubles, fleet):
        roster = rosters.load(config.roster)
        probes = suite.load(folder, roster, suite.Names(config.provider, config.ollama_provider))
        masks = suite.load_masks(bundled.ROOT / "probes")
        pids = {"harness": os.getpid(), **fleet.pids}
        while time.monotonic() < end or not digests:
            plan = Plan(
                config=config,
                roster=roster,
                probes=probes,
                every_probe=frozenset(probe.id for probe in probes),
                masks=masks,
                jobs=options.jobs,
            )
            began = time.monotonic()
            verdicts, digest = await _round(Run(plan, doubles))
            gc.collect()
            digests.append(digest)
            for name, pid in pids.items():
                samples.setdefault(name, []).append(Sample.of(pid))
            _print(len(digests), time.monotonic() - began, samples, verdicts, digest)
    return samples, digests


async def _round(run: Run) -> tuple[Counter[str], str]:
    verdicts, lines = Counter[str](), []
    async for event in run.events():
        if isinstance(event, Judged):
            verdicts[event.outcome.verdict.value] += 1
            _complain(event.outcome)
            lines.append(f"{event.outcome.probe.id} {event.outcome.verdict.value}")
        elif isinstance(event, Finished) and event.unobserved:
            print("\n".join(event.unobserved[:5]))
    return verdicts, hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:12]


def _complain(outcome: Outcome) -> None:
    """Say at once what is not parity: a count alone helps nobody."""
    if outcome.verdict is not Verdict.PARITY:
        print(f"{outcome.probe.id}: {outcome.verdict.value}: {outcome.reason}", flush=True)
        for each in outcome.differences:
            print(f"  {each.surface.value} {each.path}: {each.values}"[:400], flush=True)


def _print(
    number: int, seconds: float, samples: dict[str, list[Sample]], verdicts: Counter[str], digest: str
) -> None:
    sizes = "  ".join(
        f"{name} {each[-1].megabytes:7.1f} MB {each[-1].descriptors:4} fd" for name, each in samples.items()
    )
    told = " ".join(f"{verdict} {count}" for verdict, count in sorted(verdicts.items()))
    print(f"round {number:3} {seconds:6.1f} s  {sizes}  {told}  {digest}", flush=True)


def _judge(samples: dict[str, list[Sample]], digests: list[str]) -> int:
    wrong = ["the verdicts changed"] if len({*digests}) > 1 else []
    for name, each in samples.items():
        settled = each[ROUNDS_BEFORE:]
        third = len(settled) // 3
        if third:
            memory, descriptors = _growth(settled, third)
            print(f"{name}: {memory:+.1%} memory, {descriptors:+.0f} descriptors from first to last third")
            wrong += [f"{name} grew"] if memory > 0.25 or descriptors > _SPARE_DESCRIPTORS else []
    few = len(digests) < ROUNDS_BEFORE + 3
    print("; ".join(wrong) or ("too few rounds to tell whether anything grows" if few else "flat"))
    return 1 if wrong else 3 if few else 0


def _growth(samples: list[Sample], third: int) -> tuple[float, float]:
    first, last = samples[:third], samples[-third:]
    before, after = (statistics.median(each.megabytes for each in part) for part in (first, last))
    opened = [statistics.median(each.descriptors for each in part) for part in (first, last)]
    return after / before - 1, opened[1] - opened[0]


if __name__ == "__main__":
    sys.exit(main())
