"""Whether extraction is linear: what 10 MB of hostile text cost against 1 MB, as ratios of medians.

Rounds are interleaved, since the machine may be noisy; both dialects; then documents a second on a
realistic answer. Prints, and writes `reports/bench-extract.json`.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from statistics import median

from lakehouse_spec.dialects import Dialect
from lakehouse_spec.extract import extract

SMALL = 1_000_000
FACTOR = 10
ROUNDS = 5
UNITS = {
    "braces with words": "{x} ",
    "opening braces": "{",
    "closing braces": "}",
    "crossed braces": "}{",
    "fences on lines": "```\n{\n```\n",
    "fences without a line": "```",
    "begun objects": '{"a":[',
    "objects of a brace in a string": '{"} ',
    "failing fences": '```json\n{"a":1,}\n```\n',
}
DOCUMENT = (
    "Here is the artifact you asked for.\n```json\n"
    + json.dumps(
        {
            "fills": [
                {"candidate_id": f"W-{i:03}", "name": f"Worker Number {i}", "score": i / 7} for i in range(8)
            ]
        }
    )
    + "\n```\nLet me know if anything else is needed."
)


def seconds(text: str, dialect: Dialect) -> float:
    """Processor seconds of one extraction."""
    before = time.process_time()
    extract(text, dialect)
    return time.process_time() - before


def ratio(unit: str, dialect: Dialect) -> tuple[float, float, float]:
    """What ten times the text costs, and the medians of both."""
    texts = [(unit * (size // len(unit) + 1))[:size] for size in (SMALL, SMALL * FACTOR)]
    rounds = [[seconds(text, dialect) for text in texts] for _ in range(ROUNDS)]
    small, large = (median(column) for column in zip(*rounds, strict=True))
    return large / max(small, 1e-6), small, large


def rate(dialect: Dialect, count: int = 5_000) -> float:
    """Documents a second, the median of the rounds."""
    rates = []
    for _ in range(ROUNDS):
        before = time.process_time()
        for _ in range(count):
            extract(DOCUMENT, dialect)
        rates.append(count / (time.process_time() - before))
    return median(rates)


def main() -> None:
    """Measure and print."""
    figures: list[dict[str, object]] = []
    for name, unit in UNITS.items():
        for dialect in Dialect:
            found, small, large = ratio(unit, dialect)
            print(
                f"{name:<32} {dialect.value:<14} 10 MB / 1 MB = {found:5.1f}  ({small:.3f} s, {large:.3f} s)"
            )
            figures.append({"name": name, "dialect": dialect.value, "ratio": found, "against": "1 MB"})
    for dialect in Dialect:
        print(
            f"{len(DOCUMENT)}-byte answers with a fence  {dialect.value:<14} {rate(dialect):,.0f} documents/s"
        )
    out = Path("reports/bench-extract.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"schema": "lakehouse-parity/bench/v1", "figures": figures}, indent=1))


if __name__ == "__main__":
    main()
