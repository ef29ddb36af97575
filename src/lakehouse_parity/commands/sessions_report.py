"""`parity sessions report`: what the session log says, or the answer to a query of the user's."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from lakehouse_parity import config as configuration
from lakehouse_parity.errors import Mistake, Unobservable
from lakehouse_parity.reports import files, terminal
from lakehouse_parity.sessions import export, opened, page, query, report, source, tables

if TYPE_CHECKING:
    import argparse

    from lakehouse_parity.sessions.database import Connection
    from lakehouse_parity.sessions.figures import Figures
    from lakehouse_parity.sessions.source import Log


def run(options: argparse.Namespace) -> int:
    """Draw the report on every surface that was asked for."""
    logs = logs_of(options)
    screen = terminal.screen()
    if options.sql is not None:
        if options.html:
            raise Mistake("--html draws the report; with --sql say --json, --csv or --parquet")
        answer = partial(query.answer, query=options.sql, options=options, screen=screen)
        opened.ask(logs, answer, without_harness=options.without_harness)
        return 0
    figures = opened.ask(
        logs, partial(_figures, logs=logs, options=options), without_harness=options.without_harness
    )
    if options.json:
        files.write(options.json, json.dumps(export.to_json(figures), indent=1, ensure_ascii=False) + "\n")
    if options.html:
        files.write(options.html, page.render(figures))
    tables.show(figures, screen)
    return 0


def logs_of(options: argparse.Namespace) -> list[Log]:
    """Find the logs that the command names, or else the configuration. Raises ParityError."""
    wanted = options.logs
    if not wanted:
        log = configuration.load(options.config).session_log
        if log is None:
            raise Mistake(f"{options.config} names no session_log; name a log on the command line")
        wanted = [str(log)]
    return source.locate(wanted)


def _figures(connection: Connection, logs: list[Log], options: argparse.Namespace) -> Figures:
    names = [log.name for log in logs]
    figures = report.compute(connection, names, without_harness=options.without_harness)
    if not figures.rows:
        besides = " besides the harness's own" if options.without_harness else ""
        raise Unobservable(f"there is no session row{besides} in {', '.join(names)}")
    export.counts(connection, options)
    return figures
