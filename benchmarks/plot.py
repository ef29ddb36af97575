"""Draw `docs/scale.svg` from the points of the last `make bench`: time and memory by number of probes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks import peers
from benchmarks.scale import POINTS

PICTURE = Path("docs/scale.svg")
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
    axis.set(xlabel="probes", ylabel=label, xlim=0, ylim=0)
    axis.grid(alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)
figure.savefig(sys.argv[2], metadata={"Date": None})
"""


def main() -> int:
    """Draw it, in an environment of its own."""
    if not POINTS.exists():
        print(f"there is no {POINTS}: run make bench first", file=sys.stderr)
        return 2
    python = peers.install("plot") / "python"
    return subprocess.run([str(python), "-c", DRAWING, str(POINTS), str(PICTURE)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
