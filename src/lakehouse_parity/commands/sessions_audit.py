"""`parity sessions audit`: every row of the session log against the contract."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from lakehouse_parity.commands.sessions_report import logs_of
from lakehouse_parity.errors import Mistake
from lakehouse_parity.reports import files, terminal
from lakehouse_parity.reports.wording import safe
from lakehouse_parity.sessions.audit import audit
from lakehouse_spec.clauses import CLAUSES

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from lakehouse_parity.sessions.findings import Audit, Finding

MOST_SHOWN = 20
"""Findings that are shown on a terminal; the JSON has all that were kept."""


def run(options: argparse.Namespace) -> int:
    """Audit, draw, and return 1 where anything was found."""
    if options.limit < 1:
        raise Mistake("--limit has to be at least 1")
    result = audit(logs_of(options), options.limit, deep=options.deep)
    if options.json:
        files.write(options.json, json.dumps(result.to_json(), indent=1, ensure_ascii=False) + "\n")
    _show(result, terminal.screen())
    return 1 if result.counts else 0


def _show(result: Audit, screen: Console) -> None:
    screen.print(Text(safe(f"{result.rows:,} rows in {result.lines:,} lines of {', '.join(result.logs)}")))
    if not result.counts:
        screen.print("every row keeps every clause that the log alone can show")
        return
    for finding in result.findings[:MOST_SHOWN]:
        screen.print(Text(safe(_sentence(finding))), soft_wrap=True)
    total = result.counts.total()
    if total > MOST_SHOWN:
        screen.print(f"and {total - MOST_SHOWN:,} more; --json writes them")
    screen.print(_table(result))


def _sentence(finding: Finding) -> str:
    place = f"{finding.log}:{finding.line} (byte {finding.offset})"
    return f"{place}: {finding.rule}, {finding.clause}: {finding.detail}"


def _table(result: Audit) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column, side in (("rule", "left"), ("times", "right"), ("clause", "left"), ("", "left")):
        table.add_column(column, justify="right" if side == "right" else "left")
    for (rule, clause), times in result.counts.most_common():
        table.add_row(rule, f"{times:,}", clause, Text(CLAUSES[clause].text))
    return table
