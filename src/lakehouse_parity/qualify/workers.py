"""Drifts and controls on several processes; each keeps its bench from one to the next."""

from __future__ import annotations

import asyncio
import os
import signal
from concurrent.futures import BrokenExecutor, as_completed
from functools import partial
from multiprocessing import parent_process
from typing import TYPE_CHECKING, TypeVar

from lakehouse_parity.errors import Unobservable
from lakehouse_parity.fuzz import interruption
from lakehouse_parity.fuzz.shards import Processes
from lakehouse_parity.qualify import bench
from lakehouse_parity.targets.children import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator
    from typing import Any

    from lakehouse_parity.qualify.bench import Control, Controlled, Setup
    from lakehouse_parity.qualify.finding import Finding
    from lakehouse_parity.qualify.table import Drift

Case = TypeVar("Case")
Came = TypeVar("Came")


class Workers:
    """Processes with a bench each. Close them when done."""

    def __init__(self, setup: Setup, jobs: int) -> None:
        self._setup = setup
        self._processes = Processes(jobs)

    def controls(self, controls: Iterable[Control]) -> Iterator[Controlled]:
        """What comes of each, as they come. Raises Unobservable."""
        return self._each(partial(_control, self._setup), controls)

    def findings(self, drifts: Iterable[Drift], *, everything: bool) -> Iterator[Finding]:
        """What comes of each, as they come. Raises Unobservable."""
        return self._each(partial(_examine, self._setup, everything), drifts)

    def _each(self, work: Callable[[Case], Came], cases: Iterable[Case]) -> Iterator[Came]:
        executor = self._processes.executor()
        futures = [executor.submit(work, case) for case in cases]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenExecutor:
            raise Unobservable("a worker process was lost; try again with fewer --jobs") from None

    def interrupt(self) -> None:
        """Have what is under way stop its daemons and end."""
        self._processes.interrupt()

    def close(self) -> None:
        """End the processes; what has not begun does not begin any more."""
        self._processes.close()


def _examine(setup: Setup, everything: bool, drift: Drift) -> Finding:  # noqa: FBT001  a partial's argument
    return _run(bench.of(setup).examine(drift, everything=everything))


def _control(setup: Setup, control: Control) -> Controlled:
    return _run(bench.of(setup).control(control))


def _run(work: Coroutine[Any, Any, Came]) -> Came:
    """Run it; an interrupt stops the daemons in order, and so does the end of the harness itself."""
    die_with_parent()

    async def interruptible() -> Came:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        stop = partial(_once, task)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        return await work

    try:
        return asyncio.run(interruptible())
    finally:
        interruption.note_only()
        harness = parent_process()
        if harness is not None and not harness.is_alive():
            os._exit(1)  # it would wait for work for ever


def _once(task: asyncio.Task[Any]) -> None:
    """Interrupt it; Ctrl-C comes from the terminal and from the harness, and stopping is not interrupted."""
    if not task.cancelling():
        task.cancel()
