"""`parity rejudge`: the observations of a recorded run, judged by today's rules and known list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from lakehouse_parity import suite
from lakehouse_parity.commands import known_list
from lakehouse_parity.rejudging import rejudged
from lakehouse_parity.reports import console
from lakehouse_parity.reports.writing import Reports

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Judge, draw, and return the verdict's exit code."""
    reports, screen = Reports(), Console(highlight=False)
    entries = known_list.entries(options, screen)
    for event in rejudged(options.recording, suite.load_masks(options.probes), entries):
        reports(event)
    reports.write(None, options)
    console.show(reports.summary, screen)
    return reports.summary.exit_code
