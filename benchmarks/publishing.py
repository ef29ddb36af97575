"""Put what `make bench` measured last into the documents: the table, and the picture of its scale."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks import peers
from benchmarks.scale import POINTS

FIGURES = Path("reports/bench.json")
PAGE = Path("docs/performance.md")
PICTURE = Path("docs/scale.svg")
BEGIN, END = "<!-- figures: make bench-docs -->\n", "<!-- end of figures -->\n"
DRAWING = """
import json, sys
import matplotlib
matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "scale"
import matplotlib.pyplot as plot
points = json.load(open(sys.argv[1]))
probes = [point["probes"] for point in points]
figure, axes = plot.subplots(1, 2, figsize=(8, 3), layout="constrained")
for axis, member, label in zip(axes, ("seconds", "megabytes"), ("seconds, whole run", "megabytes at most")):
    rounds = [sorted(point[member]) for point in points]
    middle = [each[len(each) // 2] for each in rounds]
    axis.fill_between(probes, [each[0] for each in rounds], [each[-1] for each in rounds], alpha=0.2)
    axis.plot(probes, middle, marker="o")
    axis.set(xlabel="probes", ylabel=label, xscale="log", yscale="log")
    axis.grid(alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)
figure.savefig(sys.argv[2], metadata={"Date": None, "Creator": None})
"""


def main() -> int:
    """Write the table, then draw, in an environment of its own."""
    missing = [str(path) for path in (FIGURES, POINTS) if not path.exists()]
    if missing:
        print(f"there is no {missing[0]}: run make bench first", file=sys.stderr)
        return 2
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(before + BEGIN + _table() + END + rest.partition(END)[2])
    python = peers.install("plot") / "python"
    return subprocess.run([str(python), "-c", DRAWING, str(POINTS), str(PICTURE)], check=False).returncode


def _table() -> str:
    found = json.loads(FIGURES.read_text())
    lines = [
        f"Measured on {found['machine']}; rounds: {found['rounds']}.",
        "",
        "| what | against | ratio | low to high | goal | medians |",
        "| --- | --- | --- | --- | --- | --- |",
        *map(_row, found["figures"]),
    ]
    return "\n".join(lines) + "\n"


def _row(figure: dict[str, object]) -> str:
    ratio, low, high = (f"{figure[name]:.3g}" for name in ("ratio", "low", "high"))
    goal = f"{figure['goal']}, {'met' if figure['met'] else 'missed'}" if "goal" in figure else ""
    cells = (figure["name"], figure["against"], ratio, f"{low} to {high}", goal, figure.get("told", ""))
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    sys.exit(main())
