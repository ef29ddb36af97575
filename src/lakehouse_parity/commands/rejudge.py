"""`parity rejudge`: the observations of a recorded run, judged by today's rules and known list."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lakehouse_parity import suite
from lakehouse_parity.commands import known_list
from lakehouse_parity.rejudging import rejudged
from lakehouse_parity.reports import console, terminal, writing

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Judge, draw, and return the verdict's exit code."""
    writing.prepare(None, options)
    reports, screen = writing.Reports(page=options.html is not None), terminal.screen()
    entries = known_list.entries(options, screen)
    for event in rejudged(options.recording, suite.load_masks(options.probes), entries):
        reports(event)
    lost = reports.write(None, options)
    console.show(reports.summary, screen)
    lost += reports.tell(options, os.environ, console.plain(screen))
    return writing.complain(lost) or reports.summary.exit_code
