"""`parity clauses`: clause -> probes -> last verdict."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from lakehouse_parity import rosters, suite, textfile
from lakehouse_parity.coverage import cover
from lakehouse_parity.errors import Mistake
from lakehouse_parity.reports import files, terminal
from lakehouse_spec.clauses import CLAUSES
from lakehouse_spec.clauses.markdown import render

if TYPE_CHECKING:
    import argparse

    from lakehouse_parity.coverage import Covered

ROSTER = Path("fixtures/roster/workers.parquet")


def run(options: argparse.Namespace) -> int:
    """Print or write the clauses. Raises Mistake for an id that there is none of."""
    if options.markdown:
        sys.stdout.write(render())
        return 0
    for wanted in options.ids:
        if wanted not in CLAUSES:
            raise Mistake(f"there is no clause {wanted!r}")
    names = suite.Names(ollama_provider="parity-ollama")
    covered = cover(suite.load(options.probes, rosters.load(ROSTER), names), _last(options.report))
    chosen = [entry for entry in covered if not options.ids or entry.clause.id in options.ids]
    if options.json:
        files.write(
            options.json, json.dumps([_record(entry) for entry in chosen], ensure_ascii=False, indent=1)
        )
    else:
        _print(chosen, brief=not options.ids)
    return 0


def _last(report: Path) -> dict[str, str]:
    """The verdicts of the last run, by probe; none where there was no run."""
    if textfile.missing(report):
        return {}
    try:
        with textfile.opened(report) as file:
            outcomes = json.load(file)["outcomes"]
        return {outcome["probe"]: outcome["verdict"] for outcome in outcomes}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise Mistake(f"{report} is no report of a run") from None


def _record(entry: Covered) -> dict[str, object]:
    clause = entry.clause
    return {
        "id": clause.id,
        "authority": clause.authority.value,
        "text": clause.text,
        "probes": list(entry.probes),
        "verdict": entry.verdict,
        **({"unobserved": clause.unobserved} if clause.unobserved else {}),
    }


def _print(covered: list[Covered], *, brief: bool) -> None:
    screen = terminal.screen()
    for entry in covered:
        clause = entry.clause
        state = "not probed" if clause.unobserved else entry.verdict
        count = f"{len(entry.probes):>4} probes"
        line = f"{clause.id:<6} {clause.authority.value:<7} {count}  {state:<11} {clause.text}"
        if brief:
            screen.print(Text(line), overflow="ellipsis", no_wrap=True)
        else:
            details = [clause.why, clause.unobserved and f"not probed: {clause.unobserved}", *entry.probes]
            screen.print(Text("\n    ".join(filter(None, [line, *details]))), soft_wrap=True)
