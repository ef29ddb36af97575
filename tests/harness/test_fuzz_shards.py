import os
import signal
import threading
import time
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass
from pathlib import Path

import pytest

from lakehouse_parity.errors import Unobservable
from lakehouse_parity.fuzz.findings import Finding, Harvest
from lakehouse_parity.fuzz.hunt import Budget
from lakehouse_parity.fuzz.planning import SIZES, Plan
from lakehouse_parity.fuzz.shards import ATTEMPTS, Campaign, Dask, Processes, Shard
from lakehouse_parity.fuzz.signature import Signature

SHARDS = 6


def sample(shard):
    """A harvest that depends on the shard alone: one class that all see, one of its own."""
    ours = Signature("extract", "rust", "differs", f"kind {shard.index}", "EX-1")
    all_see = Signature("extract", "go", "differs", "text", "EX-1")
    findings = tuple(
        Finding(each, f"{shard.seed:020d}", "", "", "", shard.seed, 1.0) for each in (ours, all_see)
    )
    return Harvest(shard.examples, 0, findings)


@dataclass(frozen=True)
class DiesOnce:
    """Work whose worker is killed the first time that it meets the third shard."""

    marker: str

    def __call__(self, shard):
        if shard.index == 2 and not Path(self.marker).exists():
            Path(self.marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return sample(shard)


class Inline(Executor):
    """Runs at once; the submissions that are counted off are lost."""

    def __init__(self, lost=()):
        self.lost = set(lost)
        self.count = 0
        self.workers = 2

    def executor(self):
        return self

    def close(self):
        pass

    def interrupt(self):
        pass

    def submit(self, work, shard):
        future = Future()
        self.count += 1
        if self.count in self.lost:
            future.set_exception(BrokenExecutor("gone"))
        else:
            future.set_result(work(shard))
        return future


def shards():
    return [Shard(index, 1000 - index, None, 5) for index in range(SHARDS)]


def run(pool, work=sample, each=None):
    campaign = Campaign(pool, work, lambda _: None)
    try:
        campaign.run(iter(each or shards()))
    finally:
        pool.close()
    return campaign


def test_findings_merge_by_signature_in_whatever_order_shards_come():
    forward = run(Inline()).harvest
    backward = run(Inline(), each=shards()[::-1]).harvest
    assert forward == backward
    assert len(forward.findings) == SHARDS + 1
    assert max(each.count for each in forward.findings) == SHARDS


def test_a_lost_shard_is_run_again_and_counts_once():
    campaign = run(Inline(lost=(2, 5)))
    assert campaign.lost == 2
    assert campaign.harvest == run(Inline()).harvest


def test_a_shard_that_is_lost_every_time_is_no_verdict():
    with pytest.raises(Unobservable, match="was lost"):
        run(Inline(lost=range(1, 1 + ATTEMPTS)), each=shards()[:1])


def test_a_killed_process_loses_its_shard_which_is_run_again(tmp_path):
    campaign = run(Processes(2), DiesOnce(str(tmp_path / "died")))
    assert campaign.lost > 0
    assert campaign.harvest == run(Inline()).harvest


@pytest.mark.filterwarnings("ignore")
def test_on_a_cluster_one_of_whose_workers_is_killed_the_findings_are_the_same(tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        pool = Dask(cluster.scheduler_address)
        assert pool.workers == 2
        work = DiesOnce(str(tmp_path / "died"))
        harvest = run(pool, work).harvest
    assert (tmp_path / "died").exists()
    assert harvest == run(Inline()).harvest


def test_a_budget_of_examples_is_cut_into_the_same_shards_every_time():
    plan = Plan("extract", 7, None, SIZES["extract"] * 2 + 10)
    assert list(plan.shards()) == list(plan.shards())
    assert [shard.examples for shard in plan.shards()] == [SIZES["extract"], SIZES["extract"], 10]
    assert len({shard.seed for shard in plan.shards()}) == 3


def test_neighbouring_seeds_have_no_shards_in_common():
    seeds = [{shard.seed for shard in Plan("extract", seed, None, 200_000).shards()} for seed in (1, 2)]
    assert seeds[0].isdisjoint(seeds[1])


def until_interrupted(shard):
    """Work that goes on until somebody asks for an end, and has something by then."""
    began, budget = time.monotonic(), Budget(seconds=60)
    Path(shard.marker).touch()
    while budget.left(began, 0):
        time.sleep(0.01)
    return Harvest(1)


@dataclass(frozen=True)
class Marked:
    index: int
    marker: str


@pytest.fixture
def heeded():
    """Heed Ctrl-C: what a shell starts in the background, and so perhaps these tests, ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeded")
def test_ctrl_c_ends_the_shards_under_way_and_keeps_what_they_have(tmp_path):
    markers = [Marked(index, str(tmp_path / str(index))) for index in range(5)]

    def press():
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    harvest = run(Processes(2), until_interrupted, markers).harvest
    assert (harvest.executed, harvest.interrupted) == (2, True)
