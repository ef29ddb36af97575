"""`parity qualify`: whether the harness catches every mistake that is planted in a bundled daemon."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from random import Random
from typing import TYPE_CHECKING

from rich.text import Text

from lakehouse_parity.errors import Mistake, Unobservable
from lakehouse_parity.model import RUNTIMES
from lakehouse_parity.qualify import report, selection, showing, table
from lakehouse_parity.qualify.bench import CALLS, Control, Setup
from lakehouse_parity.qualify.busy import busy
from lakehouse_parity.qualify.result import Result
from lakehouse_parity.qualify.workers import Workers
from lakehouse_parity.reports import files, terminal
from lakehouse_parity.targets import bundled

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from lakehouse_parity.qualify.bench import Controlled
    from lakehouse_parity.qualify.finding import Finding
    from lakehouse_parity.qualify.table import Drift
    from lakehouse_parity.targets.bundled import Source


def run(options: argparse.Namespace) -> int:
    """Examine the drifts that are wanted, or run controls alone."""
    _check(options)
    screen = terminal.screen()
    if not screen.is_terminal:
        screen.width = showing.WIDE
    return _steady(options, screen) if options.control is not None else _qualify(options, screen)


def _check(options: argparse.Namespace) -> None:
    for name in ("jobs", "sample", "control"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise Mistake(f"--{name} has to be at least 1")
    if options.load < 0:
        raise Mistake("--load cannot be less than 0")
    if options.load and not options.control:
        raise Mistake("--load needs --control")
    if options.control and (options.drift or options.sample or options.runtime or options.list):
        raise Mistake("--control plants nothing: it does not go with a choice of drifts")
    if options.json:
        files.prepare(options.json.resolve().parent)
        files.prepare_file(options.json)


def _qualify(options: argparse.Namespace, screen: Console) -> int:
    sources = {name: bundled.DRIFTING[name] for name in _runtimes(options)}
    asyncio.run(_build(sources, screen))
    drifts = _wanted(options, asyncio.run(_tables(sources)))
    if options.list:
        for line in report.listing(drifts):
            screen.print(Text(line), soft_wrap=True)
        return 0
    with _workers(options, sources, screen) as workers:
        code = _unmutated(workers, screen)
        if code:
            screen.print(f"nothing was planted: without a drift all has to be parity (exit {code})")
            return code
        result = _examined(workers, options, drifts, screen)
    showing.conclude(result, screen)
    if options.json:
        files.write(options.json, report.as_json(result))
    return result.exit_code


def _examined(
    workers: Workers, options: argparse.Namespace, drifts: Sequence[Drift], screen: Console
) -> Result:
    """What came of each drift, in the order of the tables; at Ctrl-C what is known so far is shown."""
    began = time.monotonic()
    found: dict[Drift, Finding] = {}

    def result() -> Result:
        findings = tuple(found[drift] for drift in drifts if drift in found)
        return Result(findings, round(time.monotonic() - began, 1))

    try:
        for finding in showing.followed(
            workers.findings(drifts, everything=options.all_probes), len(drifts), screen
        ):
            found[finding.drift] = finding
    except KeyboardInterrupt:
        screen.print(f"interrupted when {len(found)} of {len(drifts)} drifts were examined")
        showing.draw(result(), screen)
        raise
    return result()


def _runtimes(options: argparse.Namespace) -> tuple[str, ...]:
    return (options.runtime,) if options.runtime else RUNTIMES


async def _build(sources: dict[str, Source], screen: Console) -> None:
    """Build the drifting daemons. Raises Unobservable where one cannot be."""
    named = {f"{name}, drifting": source for name, source in sources.items()}
    plays = await bundled.build(named, lambda line: screen.print(line, soft_wrap=True))
    for name, played in plays.items():
        if played != "daemon":
            raise Unobservable(f"{name}: there is no {named[name].tool} on PATH: nothing can be planted")


async def _tables(sources: dict[str, Source]) -> list[Drift]:
    found = await asyncio.gather(*(table.ask(name, source) for name, source in sources.items()))
    return [drift for drifts in found for drift in drifts]


def _wanted(options: argparse.Namespace, drifts: Sequence[Drift]) -> list[Drift]:
    wanted = selection.named(drifts, options.drift)
    if options.sample:
        wanted = selection.sample(wanted, options.sample, options.seed)
    if not wanted:
        raise Unobservable("there are no drifts to examine")
    return wanted


@contextlib.contextmanager
def _workers(options: argparse.Namespace, sources: dict[str, Source], screen: Console) -> Iterator[Workers]:
    """Workers that know the ordinary daemons, which are built here; ended in order, come what may."""
    plays = asyncio.run(bundled.build(bundled.SOURCES, lambda line: screen.print(line, soft_wrap=True)))
    setup = Setup(
        probes=options.probes,
        known=options.known,
        plays=tuple(plays.items()),
        ordinary=tuple(bundled.SOURCES.values()),
        drifting=tuple(sources.values()),
        calls=CALLS,
    )
    workers = Workers(setup, options.jobs)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield workers
    except BaseException:
        workers.interrupt()
        raise
    finally:
        workers.close()


def _unmutated(workers: Workers, screen: Console) -> int:
    """The exit code of what has to be parity before anything is planted."""
    controls = [
        Control("the ordinary daemons", load=True),
        Control("the drifting daemons, nothing chosen", load=True, drifting=True),
    ]
    return max(_told(controlled, screen) for controlled in workers.controls(controls))


def _told(controlled: Controlled, screen: Console) -> int:
    name, seconds = controlled.control.name, controlled.seconds
    screen.print(f"control: {name}: {controlled.verdict} ({seconds:.1f} s)", soft_wrap=True)
    for line in controlled.told:
        screen.print(Text(line), soft_wrap=True)
    return controlled.exit_code


def _steady(options: argparse.Namespace, screen: Console) -> int:
    """Run everything again and again, with nothing planted: all have to be parity."""
    random = Random(options.seed)  # noqa: S311  orders, no secrets
    seeds = [random.getrandbits(32) for _ in range(options.control)]
    controls = [Control(f"run {number}, --shuffle {seed}", seed=seed) for number, seed in enumerate(seeds, 1)]
    codes: list[int] = []
    with _workers(options, {}, screen) as workers, busy(options.load):
        codes.extend(_told(controlled, screen) for controlled in workers.controls(controls))
    beside = f", {options.load} busy processes beside them" if options.load else ""
    screen.print(f"{codes.count(0)} of {len(codes)} runs at parity{beside} (exit {max(codes)})")
    return max(codes)
