"""`parity sessions soak`: both daemons under load at once, on one session log."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from lakehouse_parity import config as configuration
from lakehouse_parity import rosters, stage, suite
from lakehouse_parity.errors import Mistake
from lakehouse_parity.reports import files, terminal
from lakehouse_parity.reports.wording import safe
from lakehouse_parity.soak.driving import Standing, soak
from lakehouse_parity.soak.load import Load
from lakehouse_parity.targets import bundled
from lakehouse_spec.clauses import CLAUSES

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from rich.console import Console

    from lakehouse_parity.config import Config
    from lakehouse_parity.doubles import Doubles
    from lakehouse_parity.soak.findings import Finding, Result

RESTARTS = 4
"""Of the bundled daemons, where nothing else is said: each is killed once and asked to end once."""
MOST_SHOWN = 20


def run(options: argparse.Namespace) -> int:
    """Soak, draw, and return the verdict's exit code."""
    load = _load(options)
    screen = terminal.screen()
    with _progress(screen) as bar:
        result = asyncio.run(_drive(options, load, screen, bar))
    if options.json:
        files.write(options.json, json.dumps(result.to_json(), indent=1, ensure_ascii=False) + "\n")
    _show(result, screen)
    return result.exit_code


def _load(options: argparse.Namespace) -> Load:
    if options.restarts and not options.bundled:
        raise Mistake("--restarts needs --bundled: live daemons are somebody else's to end")
    restarts = RESTARTS if options.restarts is None and options.bundled else options.restarts or 0
    return Load(options.calls, options.minted, options.concurrency, restarts, options.seed)


def _progress(screen: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    )


async def _drive(options: argparse.Namespace, load: Load, screen: Console, bar: Progress) -> Result:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    if not options.bundled:
        async with stage.live(configuration.load(options.config)) as (config, doubles):
            return await soak(_standing(options, config, doubles), load, tell=_telling(bar))
    plays = await bundled.build(bundled.SOURCES, lambda line: screen.print(line, soft_wrap=True))
    async with stage.fleet(plays) as (config, doubles, fleet):
        standing = _standing(options, config, doubles)
        return await soak(standing, load, restart=fleet.restart, tell=_telling(bar))


def _standing(options: argparse.Namespace, config: Config, doubles: Doubles) -> Standing:
    return Standing(config, doubles, rosters.load(config.roster), suite.load_masks(options.probes))


def _telling(bar: Progress) -> Callable[[str, int, int], None]:
    tasks = {what: bar.add_task(what, total=None) for what in ("asked", "judged")}
    return lambda what, done, total: bar.update(tasks[what], completed=done, total=total)


def _show(result: Result, screen: Console) -> None:
    screen.print(_runtimes(result))
    screen.print(Text(_sentence(result)), soft_wrap=True)
    for text in result.tolerated:
        screen.print(Text(safe(f"tolerated: {text}")), soft_wrap=True)
    for finding in result.findings[:MOST_SHOWN]:
        screen.print(Text(safe(_told(finding))), soft_wrap=True)
    if result.counts.total() > MOST_SHOWN:
        screen.print(f"and {result.counts.total() - MOST_SHOWN:,} more; --json writes them")
    if result.counts:
        screen.print(_counts(result))
    for reason in result.unobserved:
        screen.print(Text(safe(f"no verdict: {reason}"), style="bold yellow"), soft_wrap=True)
    screen.print(Text(f"{_VERDICTS[result.verdict]} (exit {result.exit_code})", style="bold"))


_VERDICTS = {
    "sound": "SOUND: every answered call left exactly what it should, and nothing of any other",
    "findings": "FINDINGS: not every clause was kept",
    "no_verdict": "NO VERDICT: something needed could not be observed",
}


def _runtimes(result: Result) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in (
        "runtime",
        "answered",
        "ended under",
        "rows",
        "ids minted",
        "200",
        "422",
        "502",
        "restarts",
    ):
        table.add_column(column, justify="left" if column == "runtime" else "right")
    for name, seen in result.seen.items():
        ended = sum(restart["runtime"] == name for restart in result.restarts)
        statuses = (seen.statuses[status] for status in (200, 422, 502))
        counts = (seen.answered, seen.lost, seen.rows, seen.minted, *statuses, ended)
        table.add_row(name, *(f"{count:,}" for count in counts))
    return table


def _sentence(result: Result) -> str:
    log, load = result.log, result.load
    rate = 2 * load.total / result.asking if result.asking else 0
    rows = (
        f"{log.lines:,} lines of {log.smallest:,} to {log.largest:,} bytes, {log.bytes / 1e6:,.1f} MB in all"
    )
    return (
        f"{2 * load.total:,} calls, {load.concurrency} at once to each, in {result.asking:.1f} s "
        f"({rate:,.0f}/s); {rows}; judged in {result.seconds - result.asking:.1f} s; seed {load.seed}"
    )


def _told(finding: Finding) -> str:
    place = f"line {finding.line} (byte {finding.offset}): " if finding.line is not None else ""
    return f"{finding.runtime or 'unknown'}: {place}{finding.rule}, {finding.clause}: {finding.detail}"


def _counts(result: Result) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("rule", "runtime", "times", "clause", ""):
        table.add_column(column, justify="right" if column == "times" else "left")
    for (rule, clause, runtime), times in result.counts.most_common():
        table.add_row(rule, runtime or "unknown", f"{times:,}", clause, Text(CLAUSES[clause].text))
    return table
