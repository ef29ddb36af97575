"""`parity sessions`: the session log as data."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Do what was asked; each action is loaded when it is called."""
    module = importlib.import_module(f"lakehouse_parity.commands.sessions_{options.action}")
    return int(module.run(options))
