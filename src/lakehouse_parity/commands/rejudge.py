"""`parity rejudge`: the observations of a recorded run, judged by today's rules and known list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from lakehouse_parity import known, suite
from lakehouse_parity.rejudging import rejudged
from lakehouse_parity.reports import console
from lakehouse_parity.reports.writing import Reports

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Judge, draw, and return the verdict's exit code."""
    reports = Reports()
    entries = known.load(options.known or options.probes / suite.KNOWN_FILE)
    for event in rejudged(options.recording, suite.load_masks(options.probes), entries):
        reports(event)
    reports.write(None, options)
    console.show(reports.summary, Console(highlight=False))
    return reports.summary.exit_code
