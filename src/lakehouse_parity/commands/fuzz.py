"""`parity fuzz`: inputs that nobody thought of, against the runtimes of a configuration or bundled."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from lakehouse_parity import config as configuration
from lakehouse_parity.errors import Mistake
from lakehouse_parity.fuzz import promotion, report
from lakehouse_parity.fuzz.knowing import Knowledge
from lakehouse_parity.fuzz.planning import Plan
from lakehouse_parity.fuzz.shards import Campaign, Dask, Processes
from lakehouse_parity.fuzz.work import Adapters, TextWork
from lakehouse_parity.reports import files
from lakehouse_parity.targets import bundled

if TYPE_CHECKING:
    import argparse

    from lakehouse_parity.config import Config
    from lakehouse_parity.fuzz.findings import Harvest
    from lakehouse_parity.fuzz.shards import Pool, Work

SECONDS = 60.0
CI_SEED = 0
CI_EXAMPLES = {"extract": 200_000, "validate": 1000, "iterate": 400}


def run(options: argparse.Namespace) -> int:
    """Run the campaign; 1 where anything new was found."""
    _check(options)
    screen = Console(highlight=False)
    plan = _plan(options)
    screen.print(f"seed {plan.seed}")
    work = _work(options, screen)
    knowledge = Knowledge.load(options.known or options.probes / "known.yaml")
    pool: Pool = Dask(options.dask) if options.dask else Processes(_jobs(options))
    began = time.monotonic()
    try:
        harvest = _campaign(pool, work, plan, screen).harvest
    finally:
        pool.close()
    known = replace(harvest, findings=tuple(map(knowledge.marked, harvest.findings)))
    return _finish(options, report.Result(plan.chapter, plan.seed, time.monotonic() - began, known), screen)


def _check(options: argparse.Namespace) -> None:
    for name in ("seconds", "examples", "jobs"):
        value = getattr(options, name)
        if value is not None and value <= 0:
            raise Mistake(f"--{name} has to be more than 0")
    if options.ci and (options.seed is not None or options.seconds is not None):
        raise Mistake("--ci has a seed and a budget of its own; only --examples may stand beside it")


def _plan(options: argparse.Namespace) -> Plan:
    if options.ci:
        return Plan(options.chapter, CI_SEED, None, options.examples or CI_EXAMPLES[options.chapter])
    seed = options.seed if options.seed is not None else secrets.randbits(32)
    seconds = options.seconds if options.seconds or options.examples else SECONDS
    return Plan(options.chapter, seed, seconds, options.examples)


def _jobs(options: argparse.Namespace) -> int:
    return int(options.jobs or os.cpu_count() or 1)


def _work(options: argparse.Namespace, screen: Console) -> Work:
    config = _config(options, screen)
    return TextWork(Adapters.of(config), predictions=not options.no_predictions)


def _config(options: argparse.Namespace, screen: Console) -> Config:
    if not options.bundled:
        return configuration.load(options.config)
    plays = asyncio.run(bundled.build(bundled.SOURCES, lambda line: screen.print(line, soft_wrap=True)))
    return bundled.demo_config(Path(), plays)


def _campaign(pool: Pool, work: Work, plan: Plan, screen: Console) -> Campaign:
    began = time.monotonic()

    def tell(harvest: Harvest) -> None:
        seconds = time.monotonic() - began
        rate = harvest.executed / seconds
        found = f"{len(harvest.findings)} findings"
        screen.print(f"{seconds:6.1f} s  {harvest.executed:>10,} examples  {rate:>8,.0f}/s  {found}")

    campaign = Campaign(pool, work, tell)
    campaign.run(plan.shards())
    return campaign


def _finish(options: argparse.Namespace, result: report.Result, screen: Console) -> int:
    """Show, write and save what was found."""
    for line in report.describe(result):
        screen.print(Text(line), soft_wrap=True)
    if options.save:
        for finding in result.new:
            screen.print(f"saved: {promotion.save(finding, options.probes, result.seed)}", soft_wrap=True)
    if options.json:
        files.write(options.json, result.as_json())
    return 1 if result.new else 0
