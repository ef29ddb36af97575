"""What the fuzzer finds from nothing, how fast, and how small: `make bench-fuzz`.

Two hunts share sixty seconds on two cores, for each of five seeds. One goes through the bundled
adapters with all predictions off, so that every class in which the JSON libraries differ is a finding;
the other through extractions that tell one lie each. Then the rate of the batched mode is measured,
beside what the adapters alone do on the same texts.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from statistics import median

from tests.fakes.extractions import LIES, NEEDS_DEPTH

from lakehouse_parity.fuzz.batch import Function
from lakehouse_parity.fuzz.hunt import Budget, TextHunt
from lakehouse_parity.fuzz.mixture import mixed
from lakehouse_parity.fuzz.planning import Plan
from lakehouse_parity.fuzz.shards import Campaign, Processes
from lakehouse_parity.fuzz.sides import Sides
from lakehouse_parity.fuzz.work import Adapters, TextWork
from lakehouse_parity.targets.bundled import SOURCES
from lakehouse_spec.dialects import Dialect
from lakehouse_spec.extract import extract

SEEDS = (1, 2, 3, 4, 5)
SECONDS = 60.0
SHORT = 40
"""Characters of an example, but where it needs depth."""

DIALECT_CLASSES = (
    "libraries-only-go-finds-surrogate-js-4",
    "libraries-only-go-finds-surrogate-in-a-name-js-4",
    "libraries-only-go-finds-surrogate-dropped-js-4",
    "libraries-only-go-finds-range-js-6",
    "libraries-only-rust-finds-range-js-6",
    "libraries-differs-integer-js-5",
    "libraries-differs-long-integer-js-6",
    "libraries-differs-decimal-js-6",
    "libraries-only-go-finds-depth-js-3",
)
"""The classes in which serde_json and encoding/json differ, by the signatures that they have here."""

DEEP = {"libraries-only-go-finds-depth-js-3", *(lie.__name__ for lie in NEEDS_DEPTH)}


def adapters() -> Adapters:
    sources = [SOURCES[name] for name in ("rust", "go")]
    return Adapters(
        tuple((str(each.adapter),) for each in sources), tuple(each.dialect.value for each in sources)
    )


def build() -> None:
    for source in SOURCES.values():
        subprocess.run(source.build, cwd=source.folder, check=True, capture_output=True)


def dialect_hunt(seed: int, ends: float) -> dict[str, tuple[float, str]]:
    """Until every class is found or the time is up: seconds and smallest example of each."""
    sides = adapters().sides()
    began = time.monotonic()
    try:
        hunt = TextHunt(sides, seed, dialects=False)
        wanted = set(DIALECT_CLASSES)

        def enough() -> bool:
            return wanted <= {str(finding.signature) for finding in hunt.harvest.findings}

        harvest = hunt.run(mixed(Random(seed)), Budget(seconds=ends - began), enough)
    finally:
        sides.close()
    found = {str(finding.signature): finding for finding in harvest.findings}
    return {name: (found[name].seconds, found[name].example) for name in DIALECT_CLASSES if name in found}


def lie_hunt(seed: int, ends: float) -> dict[str, tuple[float, str]]:
    """Lie by lie, each until something is found: its own seconds and its example."""
    return {lie.__name__: found for lie in LIES if (found := _lie(lie, seed, ends)) is not None}


def _lie(lie, seed: int, ends: float) -> tuple[float, str] | None:
    began = time.monotonic()
    rust, go = Dialect.SERDE_JSON, Dialect.ENCODING_JSON
    played = {"rust": Function(lie, rust), "go": Function(lambda raw: extract(raw, go), go)}
    sides = Sides(played, {"rust": rust, "go": go})
    hunt = TextHunt(sides, seed)
    harvest = hunt.run(
        (batch[at : at + 50] for batch in mixed(Random(seed)) for at in range(0, len(batch), 50)),
        Budget(seconds=ends - began),
        lambda: bool(hunt.harvest.findings),
    )
    sides.close()
    if not harvest.findings:
        return None
    smallest = min((finding.example for finding in harvest.findings), key=len)
    return round(time.monotonic() - began, 3), smallest


def reach(seed: int) -> dict[str, tuple[float, str]]:
    """One round: both hunts at once, each on a core, with sixty seconds in all."""
    ends = time.monotonic() + SECONDS
    with ProcessPoolExecutor(2) as pool:
        hunts = [pool.submit(hunt, seed, ends) for hunt in (dialect_hunt, lie_hunt)]
        return {name: found for hunt in hunts for name, found in hunt.result().items()}


def campaign_rates(seconds: float) -> dict[str, float]:
    """Three-way comparisons per second of a whole campaign on two processes: as it was, and by CPU time.

    The second figure is what two cores give that nobody else uses: of the harness and the adapters
    together, start-up included.
    """
    pool = Processes(2)
    began, used = time.monotonic(), _children()
    harvest = Campaign(pool, TextWork(adapters()), lambda _: None).run(Plan("extract", 1, seconds).shards())
    pool.close()
    return {
        "three-way comparisons": harvest.executed / (time.monotonic() - began),
        "three-way comparisons, by CPU time of two cores": 2 * harvest.executed / (_children() - used),
    }


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def adapters_rate(number: int) -> float:
    """Texts per second through both adapters at once, with nothing else done: what the pipes allow."""
    batches = mixed(Random(1))
    texts = [text for _ in range(number // 2000) for text in next(batches)]
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_warm, range(2)))
        began = time.monotonic()
        seconds = list(pool.map(_adapter_seconds, ("rust", "go"), (texts, texts)))
    return min(number / each for each in seconds) if time.monotonic() > began else 0.0


def _warm(_: int) -> None:
    time.sleep(0.2)


def _adapter_seconds(name: str, texts: list[str]) -> float:
    pipes = adapters().pipes()[name]
    pipes.ask(texts[:2000])
    began = time.monotonic()
    for at in range(0, len(texts), 2000):
        pipes.ask(texts[at : at + 2000])
    seconds = time.monotonic() - began
    pipes.close()
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    options = parser.parse_args()
    build()
    rounds = []
    for seed in SEEDS[: options.seeds]:
        began = time.monotonic()
        rounds.append(reach(seed))
        print(
            f"seed {seed}: {len(rounds[-1])} of {len(wanted())} in {time.monotonic() - began:.1f} s",
            flush=True,
        )
    for name in wanted():
        print(_line(name, [found[name] for found in rounds if name in found], len(rounds)))
    rates = {**campaign_rates(15), "adapters alone, the same texts": adapters_rate(200_000)}
    for name, rate in rates.items():
        print(f"{name}: {rate:,.0f}/s")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({"rounds": rounds, "rates": rates}, indent=2, ensure_ascii=False))
    return 0 if all(_reached(found) for found in rounds) else 1


def wanted() -> list[str]:
    return [*DIALECT_CLASSES, *(lie.__name__ for lie in LIES)]


def _reached(found: dict[str, tuple[float, str]]) -> bool:
    return all(name in found and (len(found[name][1]) <= SHORT or name in DEEP) for name in wanted())


def _line(name: str, found: list[tuple[float, str]], rounds: int) -> str:
    if not found:
        return f"{name:50} never"
    seconds = [each for each, _ in found]
    longest = max((example for _, example in found), key=len)
    shown = longest if len(longest) <= SHORT else f"({len(longest)} characters{', deep' * (name in DEEP)})"
    return (
        f"{name:50} {len(found)}/{rounds}  {median(seconds):6.2f} s, at most {max(seconds):6.2f}  {shown!r}"
    )


if __name__ == "__main__":
    sys.exit(main())
