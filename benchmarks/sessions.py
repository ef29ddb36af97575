"""How long `parity sessions report` and `audit` take on a large log, against plain scans of the same file.

    python -m benchmarks.sessions [--rows 1000000] [--rounds 5] [--json F]

Every round runs every command once as a process of its own, in turn, so that a busy machine meets all alike.
The plain group-by is the query that the specification names (SE-21), asked by a process that does nothing
else: DuckDB makes values of one member of each row then. The whole scan makes values of all, as audits do.
`grep -c` for the accepted rows is what an operator without this program would ask first: one of the report's
figures, if every row is written as grep thinks. `grep -c ''` counts line feeds at the speed of memory (GNU's
stops at the first line where its output goes to /dev/null, so here it goes to a file). Nothing that parses
JSON comes near that: of a million rows (1.36 GB) on two cores, the least that DuckDB needs to read two
columns of each row is 3.3 s of processor time, where grep needs 0.28 s. Python is no way below DuckDB: with
msgspec, which decodes a million rows in 2.1 s, telling shapes apart, accounting for every byte and checking
UTF-8 make an audit of 10 s, and on a busy machine it took 1.5 to 1.7 times the processor time of this one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import session_log

ASKED = """
import duckdb, sys
duckdb.sql(sys.argv[1], params=[sys.argv[2]]).fetchall()
"""
GROUP_BY = "SELECT daemon, count(*) FROM read_json_auto(?, format='nd') GROUP BY daemon"
EVERY_MEMBER = "SELECT bit_xor(hash(log)) FROM read_json_auto(?, format='nd') log"
LOGS = Path("build/benchmarks")
AGAINST = "plain group-by"
ACCEPTED = "grep -c accepted"
WHOLE = "plain scan, whole"


@dataclass(frozen=True, slots=True)
class Run:
    """One process, as its parent saw it."""

    seconds: float
    cpu: float
    megabytes: float


def main() -> int:
    """Make the log if need be, run the rounds, print the table."""
    options = _options()
    log = LOGS / f"sessions-{options.rows}.jsonl"
    if not log.exists():
        session_log.write(log, options.rows)
    runs: dict[str, list[Run]] = {name: [] for name in commands(log)}
    for _ in range(options.rounds):
        for name, command in commands(log).items():
            runs[name].append(_run(command))
    _print(log, options.rows, runs)
    if options.json:
        options.json.write_text(json.dumps(_figures(options.rows, runs), indent=1) + "\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time the reports on the session log.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="F")
    return parser.parse_args()


def commands(log: Path) -> dict[str, list[str]]:
    """What is run in every round."""
    parity = [sys.executable, "-m", "lakehouse_parity", "sessions"]
    return {
        "grep -c ''": ["grep", "-c", "", str(log)],
        ACCEPTED: ["grep", "-c", '"final_verdict":"accepted"', str(log)],
        AGAINST: [sys.executable, "-c", ASKED, GROUP_BY, str(log)],
        WHOLE: [sys.executable, "-c", ASKED, EVERY_MEMBER, str(log)],
        "report": [*parity, "report", str(log)],
        "audit": [*parity, "audit", str(log)],
    }


def _run(command: list[str]) -> Run:
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)} failed:\n{said.read().decode()}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _ratios(runs: dict[str, list[Run]], name: str, against: str) -> list[float]:
    """Compare within each round: what was slow then was slow for both."""
    return [run.seconds / other.seconds for run, other in zip(runs[name], runs[against], strict=True)]


def _print(log: Path, rows: int, runs: dict[str, list[Run]]) -> None:
    print(f"{rows:,} rows, {log.stat().st_size / 1e6:,.0f} MB, {len(runs[AGAINST])} rounds, medians")
    print(
        f"{'':18}{'seconds':>9}{'cpu':>8}{'MB':>7}{'x group-by':>12}{'low':>7}{'high':>7}"
        f"{'x whole':>9}{'x accepted':>12}"
    )
    for name, each in runs.items():
        ratios = _ratios(runs, name, AGAINST)
        whole, grep = (statistics.median(_ratios(runs, name, against)) for against in (WHOLE, ACCEPTED))
        print(
            f"{name:18}{_median(each, 'seconds'):9.2f}{_median(each, 'cpu'):8.2f}{_peak(each):7.0f}"
            f"{statistics.median(ratios):12.2f}{min(ratios):7.2f}{max(ratios):7.2f}"
            f"{whole:9.2f}{grep:12.2f}"
        )


def _figures(rows: int, runs: dict[str, list[Run]]) -> dict[str, object]:
    figures = [
        {
            "name": f"sessions {name}, {rows} rows",
            "ratio": round(statistics.median(ratios), 3),
            "low": round(min(ratios), 3),
            "high": round(max(ratios), 3),
            "against": against,
            "command": f"parity sessions {name} LOG",
            "megabytes": round(_peak(runs[name])),
        }
        for name in ("report", "audit")
        for against in (ACCEPTED, AGAINST, WHOLE)
        for ratios in [_ratios(runs, name, against)]
    ]
    return {"schema": "lakehouse-parity/bench-sessions/v1", "rows": rows, "figures": figures}


def _median(runs: list[Run], field: str) -> float:
    return statistics.median(getattr(run, field) for run in runs)


def _peak(runs: list[Run]) -> float:
    return max(run.megabytes for run in runs)


if __name__ == "__main__":
    raise SystemExit(main())
