"""A campaign is a set of shards, each a seed and a budget, run on any executor, here or elsewhere.

What a shard finds depends on itself alone, so that it does not matter where and when it runs. A lost
worker loses its shard, which is run again.
"""

from __future__ import annotations

import contextlib
import os
import signal
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, ProcessPoolExecutor, wait
from multiprocessing import get_context
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from lakehouse_parity.errors import Mistake, Unobservable
from lakehouse_parity.fuzz import interruption
from lakehouse_parity.fuzz.findings import Harvest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor, Future

ATTEMPTS = 4
"""How often a shard is tried before the machines are not to be relied on."""


class Shard(Struct, frozen=True):
    """One piece of a campaign: what is asked is decided by the seed, how much by the budget."""

    index: int
    seed: int
    seconds: float | None = None
    examples: int | None = None


def seed_of(seed: int, index: int) -> int:
    """The seed of a shard: far from those of its neighbours and of the neighbouring campaigns."""
    return Random(f"{seed}/{index}").getrandbits(48)  # noqa: S311  a sequence, no secret


class Work(Protocol):
    """What is done with a shard; it travels to the worker and has to be picklable."""

    def __call__(self, shard: Shard) -> Harvest:
        """Run it."""


class Pool(Protocol):
    """Where shards run."""

    workers: int

    def executor(self) -> Executor:
        """The executor; a new one where the last one broke."""

    def interrupt(self) -> None:
        """Have the shards under way come to an end, where they can be told."""

    def close(self) -> None:
        """Let go of it."""


class Processes:
    """A pool of processes on this machine."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._executor: ProcessPoolExecutor | None = None

    def executor(self) -> Executor:
        """The pool; one whose process was lost is of no use any more, and is made anew."""
        if self._executor is None or getattr(self._executor, "_broken", False):
            self._executor = ProcessPoolExecutor(
                self.workers, mp_context=get_context("spawn"), initializer=interruption.note_only
            )
        return self._executor

    def interrupt(self) -> None:
        """Have the shards under way end with what they have."""
        for process in list(getattr(self._executor, "_processes", None) or {}):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGINT)

    def close(self) -> None:
        """End the processes."""
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)


class Dask:
    """A Dask cluster, which has to have this package and the runtimes on its workers."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client  # noqa: PLC0415  a second that only clusters pay
        except ImportError:
            raise Mistake(
                "--dask needs the extra `cluster`: pip install 'lakehouse-parity[cluster]'"
            ) from None
        try:
            self._client: Any = Client(address, timeout=10, set_as_default=False)
        except OSError as error:
            raise Unobservable(f"there is no Dask scheduler at {address}: {error}") from None
        self.workers = max(1, sum(self._client.nthreads().values()))
        self._executor: Executor = self._client.get_executor(pure=False, retries=ATTEMPTS)

    def executor(self) -> Executor:
        """The cluster."""
        return self._executor

    def interrupt(self) -> None:
        """Nothing reaches a shard on another machine; it is waited for."""

    def close(self) -> None:
        """Leave the cluster."""
        self._executor.shutdown(wait=False)
        self._client.close()


class Campaign:
    """Shards under way; their harvests merged in whatever order they come."""

    def __init__(self, pool: Pool, work: Work, tell: Callable[[Harvest], None]) -> None:
        self._pool = pool
        self._work = work
        self._tell = tell
        self._flying: dict[Future[Harvest], tuple[Shard, int]] = {}
        self.harvest = Harvest()
        self._ending = False
        self.lost = 0
        """How many times a shard had to be run again."""

    def run(self, shards: Iterator[Shard]) -> Harvest:
        """Run them all; at Ctrl-C those that are under way come to an end, and no others begin."""
        try:
            self._fill(shards)
            while self._flying:
                self._collect()
                self._fill(shards)
        except KeyboardInterrupt:
            self._ending = True
            self._pool.interrupt()
            while self._flying:
                self._collect()
            self.harvest = self.harvest.merged(Harvest(interrupted=True))
        return self.harvest

    def _fill(self, shards: Iterator[Shard]) -> None:
        while len(self._flying) < self._pool.workers and (shard := next(shards, None)) is not None:
            self._submit(shard, 1)

    def _submit(self, shard: Shard, attempt: int) -> None:
        self._flying[self._pool.executor().submit(self._work, shard)] = shard, attempt

    def _collect(self) -> None:
        done, _ = wait(self._flying, return_when=FIRST_COMPLETED)
        for future in done:
            shard, attempt = self._flying.pop(future)
            harvest = _result(future)
            if harvest is None:
                self._again(shard, attempt)
            else:
                self.harvest = self.harvest.merged(harvest)
                self._tell(self.harvest)

    def _again(self, shard: Shard, attempt: int) -> None:
        self.lost += 1
        if self._ending:
            return
        if attempt >= ATTEMPTS:
            raise Unobservable(f"shard {shard.index} (seed {shard.seed}) was lost {attempt} times")
        self._submit(shard, attempt + 1)


def _result(future: Future[Harvest]) -> Harvest | None:
    """What a shard came to; None where its worker was lost. Raises what the shard itself raised."""
    try:
        return future.result()
    except (BrokenExecutor, CancelledError):
        return None
    except Exception as error:
        if type(error).__module__.startswith("distributed"):
            return None
        raise
