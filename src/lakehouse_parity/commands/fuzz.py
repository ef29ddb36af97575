"""`parity fuzz`: inputs that nobody thought of, against the runtimes of a configuration or bundled."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from rich.text import Text

from lakehouse_parity import config as configuration
from lakehouse_parity.errors import Mistake
from lakehouse_parity.fuzz import promotion, report
from lakehouse_parity.fuzz.knowing import Knowledge
from lakehouse_parity.fuzz.planning import Plan
from lakehouse_parity.fuzz.preparing import Wanted
from lakehouse_parity.fuzz.rounds import Runtimes
from lakehouse_parity.fuzz.shards import Campaign, Dask, Processes
from lakehouse_parity.redaction import Redactor
from lakehouse_parity.reports import files, terminal
from lakehouse_parity.suite import KNOWN_FILE
from lakehouse_parity.targets import bundled

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from lakehouse_parity.fuzz.findings import Harvest
    from lakehouse_parity.fuzz.shards import Pool, Work

SECONDS = 60.0
CI_SEED = 0
CI_EXAMPLES = {"extract": 200_000, "validate": 1000, "iterate": 400}


def run(options: argparse.Namespace) -> int:
    """Run the campaign; 1 where anything new was found."""
    _check(options)
    screen = terminal.screen()
    plan = _plan(options)
    screen.print(f"seed {plan.seed}")
    wanted = _wanted(options, screen)
    work = wanted.work()
    knowledge = wanted.knowing(Knowledge.load(options.known or options.probes / KNOWN_FILE))
    pool = _pool(options, wanted)
    began = time.monotonic()
    try:
        harvest = _campaign(pool, work, plan, screen).harvest
    finally:
        pool.close()
    known = replace(harvest, findings=tuple(map(knowledge.marked, harvest.findings)))
    told = Redactor(wanted.config.secrets).clean(known)
    return _finish(options, report.Result(plan.chapter, plan.seed, time.monotonic() - began, told), screen)


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


def _pool(options: argparse.Namespace, wanted: Wanted) -> Pool:
    """A cluster, or processes."""
    if options.dask:
        return Dask(options.dask)
    return Processes(wanted.most_workers or int(options.jobs or os.cpu_count() or 1))


def _wanted(options: argparse.Namespace, screen: Console) -> Wanted:
    """What is asked of whom; the bundled runtimes are built here, once. Raises Mistake or Unobservable."""
    plays = asyncio.run(bundled.build(bundled.SOURCES, screen.print)) if options.bundled else {}
    return Wanted(
        chapter=options.chapter,
        config=bundled.demo_config(Path(), plays) if plays else configuration.load(options.config),
        runtimes=Runtimes(str(options.config), tuple(plays.items())),
        probes=options.probes,
        predictions=not options.no_predictions,
        hypothesis=options.hypothesis,
    )


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
