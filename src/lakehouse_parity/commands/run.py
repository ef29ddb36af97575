"""`parity run`: live against the runtimes of a configuration, or bundled.

The runtimes are greeted before the rest of the program is loaded, which takes longer than their answers.
"""

from __future__ import annotations

import asyncio
import importlib
import math
import os
from typing import TYPE_CHECKING

from lakehouse_parity import config as configuration
from lakehouse_parity import rosters
from lakehouse_parity.errors import Mistake
from lakehouse_parity.targets import health

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Greet, then drive; the exit code is the verdict's, or 3 where a file could not be written."""
    _check(options)
    with asyncio.Runner() as runner:
        greeted = None if options.bundled or options.dry_run else _greeted(options, runner)
        code: int = importlib.import_module("lakehouse_parity.commands.driving").drive(
            options, runner, greeted
        )
        return code


def _greeted(options: argparse.Namespace, runner: asyncio.Runner) -> health.Greeted:
    """Where only so many requests a second are allowed, the run itself sends each in its turn."""
    config = configuration.load(options.config)
    facts = {} if options.max_rps else runner.run(health.at_once(config.runtimes))
    return health.Greeted(config, facts, rosters.begin(config.roster, rosters.keeping(os.environ)))


def _check(options: argparse.Namespace) -> None:
    for capability in options.require:
        if capability not in configuration.CAPABILITIES:
            known_ones = ", ".join(configuration.CAPABILITIES)
            raise Mistake(f"--require {capability}: there is only {known_ones}")
    if options.jobs < 1:
        raise Mistake("--jobs has to be at least 1")
    if options.max_rps is not None and not 0 < options.max_rps < math.inf:
        raise Mistake("--max-rps has to be more than 0")
    if options.live_model and options.read_only:
        raise Mistake("--live-model calls a model and appends rows, which --read-only leaves out")
    if options.live_model and options.bundled:
        raise Mistake("--live-model needs daemons that know the model: a configuration, not --bundled")
