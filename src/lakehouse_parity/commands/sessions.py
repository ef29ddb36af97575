"""`parity sessions`: the session log as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.commands import sessions_audit, sessions_report

if TYPE_CHECKING:
    import argparse

_ACTIONS = {"report": sessions_report.run, "audit": sessions_audit.run}


def run(options: argparse.Namespace) -> int:
    """Do what was asked."""
    return _ACTIONS[options.action](options)
