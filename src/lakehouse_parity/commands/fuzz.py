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
from lakehouse_parity.fuzz.rounds import Runtimes
from lakehouse_parity.fuzz.shards import Campaign, Dask, Processes
from lakehouse_parity.fuzz.work import Adapters, TextWork
from lakehouse_parity.reports import files
from lakehouse_parity.targets import bundled

if TYPE_CHECKING:
    import argparse

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
    pool = _pool(options, work)
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


def _pool(options: argparse.Namespace, work: Work) -> Pool:
    """A cluster, or processes; only one where the doubles have fixed addresses, as live daemons know them."""
    if options.dask:
        return Dask(options.dask)
    alone = isinstance(getattr(work, "runtimes", None), Runtimes) and not options.bundled
    return Processes(1 if alone else int(options.jobs or os.cpu_count() or 1))


def _work(options: argparse.Namespace, screen: Console) -> Work:
    """Texts through the adapters where both are given, else requests through the engine."""
    predictions = not options.no_predictions
    plays = asyncio.run(bundled.build(bundled.SOURCES, screen.print)) if options.bundled else {}
    config = bundled.demo_config(Path(), plays) if options.bundled else configuration.load(options.config)
    if options.chapter == "extract" and "adapters" in config.capabilities:
        return _text_work(options, Adapters.of(config), predictions=predictions)
    from lakehouse_parity.fuzz.request_hunt import RequestWork  # noqa: PLC0415  it needs the extra `fuzz`

    runtimes = Runtimes(str(options.config), tuple(sorted(plays.items(), reverse=True)))
    return RequestWork(options.chapter, runtimes, str(options.probes), predictions)


def _text_work(options: argparse.Namespace, adapters: Adapters, *, predictions: bool) -> Work:
    if not options.hypothesis:
        return TextWork(adapters, predictions)
    from lakehouse_parity.fuzz.deliberate import DeliberateWork  # noqa: PLC0415  likewise

    return DeliberateWork(adapters, predictions)


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
