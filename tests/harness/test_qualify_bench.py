"""Drifts and controls between fakes in process: what the bench asks, and what it makes of the answers."""

import contextlib
from unittest import mock

import pytest
from msgspec.structs import replace
from tests.fakes import lies
from tests.fakes.driving import LOCAL, PROBES, ROSTER, roster
from tests.fakes.lying_daemon import DIALECTS, TAGS, LyingDaemon, Surroundings, Truth
from tests.harness.qualifying import drift
from tests.harness.sockets import free_address
from tests.harness.sockets import run as run_within

from lakehouse_parity import collecting, loading
from lakehouse_parity.config import Config, Langfuse, Runtime
from lakehouse_parity.doubles import Doubles
from lakehouse_parity.errors import Unobservable
from lakehouse_parity.qualify.bench import Bench, Control


def run(coroutine):
    return run_within(coroutine, seconds=120)


def config(addresses, log):
    return Config(
        runtimes={
            seat: Runtime(seat, address, TAGS[seat], DIALECTS[seat]) for seat, address in addresses.items()
        },
        roster=ROSTER,
        session_log=log,
        model=LOCAL,
        ollama_provider="parity-ollama",
        langfuse=Langfuse(LOCAL, "pk-parity", "sk-parity"),
    )


@pytest.fixture
def bench(tmp_path):
    """A bench at which a drift is the lie of the given kind in one seat; all else tells the truth."""
    stood = []

    def make(lie=Truth, seat="rust", honest=Truth):
        @contextlib.asynccontextmanager
        async def stand(case):
            stood.append(case)
            log = tmp_path / f"{len(stood)}.jsonl"
            planted = isinstance(case, type(drift()))
            truths = dict.fromkeys(TAGS, honest) | ({seat: lie} if planted else {})
            async with contextlib.AsyncExitStack() as stage:
                doubles = Doubles(config(dict.fromkeys(TAGS, LOCAL), log))
                await doubles.start()
                stage.callback(doubles.stop)
                around = Surroundings(roster(), doubles.model_address, doubles.langfuse_address, log)
                addresses = {
                    name: await stage.enter_async_context(LyingDaemon(name, around, truth(name)))
                    if truth is not None
                    else free_address()
                    for name, truth in truths.items()
                }
                yield config(addresses, log), doubles, None

        plan = loading.load(config(dict.fromkeys(TAGS, LOCAL), tmp_path / "none"), PROBES)
        return Bench(plan, stand, calls=4)

    with mock.patch.object(collecting, "DEADLINE", 0.3), mock.patch.object(collecting, "QUIET", 0.01):
        yield make


@pytest.mark.parametrize("seat", ["rust", "go"])
def test_a_drift_is_caught_blamed_and_located_in_either_seat(bench, seat):
    planted = drift(clause="IT-15", runtime=seat, spots=("body $.trace_id",))
    found = run(bench(lies.LosesTraceId, seat).examine(planted))
    assert (found.caught, found.blamed, found.located) == (True, True, True)
    assert {sighting.verdict for sighting in found.sightings} == {f"{seat}_drift"}
    assert found.failure == ""


def test_a_drift_that_the_probes_of_its_clause_see_needs_no_others(bench):
    made = bench(lies.LosesTraceId)
    everything = len(made._plan.probes)
    near = run(made.examine(drift(clause="IT-15", spots=("body $.trace_id",))))
    assert 0 < near.asked < everything
    far = run(made.examine(drift(clause="VA-1", spots=("body $.trace_id",))))
    assert near.asked < far.asked <= everything


def test_a_drift_that_is_seen_elsewhere_only_is_looked_for_in_all_probes(bench):
    made = bench(lies.LosesTraceId)
    found = run(made.examine(drift(clause="IT-15", spots=("usage $",))))
    assert (found.caught, found.blamed, found.located) == (True, True, False)
    assert found.asked == len(made._plan.probes)


def test_with_all_probes_a_drift_that_is_caught_is_asked_everything(bench):
    made = bench(lies.LosesTraceId)
    planted = drift(clause="IT-15", spots=("body $.trace_id",))
    found = run(made.examine(planted, everything=True))
    assert found.asked == len(made._plan.probes)
    seen = {sighting.probe for sighting in found.sightings}
    assert {probe for probe in seen if not probe.startswith("soak/")} == set(lies.LosesTraceId.caught)
    assert "soak/answer" in seen


def test_a_drift_that_no_probe_sees_is_missed_when_all_were_asked(bench):
    made = bench(Truth)
    found = run(made.examine(drift()))
    assert (found.word, found.asked) == ("missed", len(made._plan.probes))


@pytest.mark.parametrize("seat", ["rust", "go"])
def test_a_drift_that_only_load_shows_is_caught_by_the_load(bench, seat):
    class LosesCounts(Truth):
        """A call that comes while another one is under way is not counted."""

        flying = 0

        def request(self, request):
            if request.path == "/v1/iterate":
                LosesCounts.flying += 1
            return request

        def counts(self, usage):
            alone = LosesCounts.flying <= 1
            LosesCounts.flying -= bool(usage)
            return usage if alone else ()

    made = bench(LosesCounts, seat)
    made._plan = replace(made._plan, jobs=1)
    found = run(made.examine(drift(clause="US-4", runtime=seat, spots=("usage $.requests",))))
    assert {sighting.probe for sighting in found.sightings} == {"soak/usage"}
    assert (found.caught, found.blamed, found.located) == (True, True, True)


def test_a_drift_that_a_load_shows_now_and_then_is_looked_for_under_a_larger_one(bench):
    class TearsOneOfMany(Truth):
        """Of the soak's rows only the fiftieth is torn."""

        rows = 0

        def lines(self, line):
            TearsOneOfMany.rows += b'"soak-' in line
            return [line[:-40] + b"\n"] if TearsOneOfMany.rows == 50 else [line]

    found = run(bench(TearsOneOfMany).examine(drift(clause="SE-4", spots=("session_row $",))))
    assert {sighting.probe for sighting in found.sightings} >= {"soak/torn-line"}
    assert (found.caught, found.blamed, found.located) == (True, True, True)


def test_a_control_under_load_is_at_parity_and_says_what_load_alone_shows(bench):
    class WritesTwice(Truth):
        """Every call of the soak has two rows."""

        def lines(self, line):
            return [line, line] if b'"soak-' in line and self.seat == "go" else [line]

    honest = run(bench().control(Control("control", load=True)))
    assert (honest.verdict, honest.told) == ("parity", ())
    came = run(bench(honest=WritesTwice).control(Control("control", load=True)))
    assert (came.verdict, came.exit_code) == ("divergence", 1)
    assert came.told[0].startswith("under load: go SE-1: ")


def test_a_drift_that_hangs_up_is_broken_and_not_caught(bench):
    found = run(bench(lies.HangsUp).examine(drift(clause="HT-1", spots=("status $",))))
    assert (found.word, found.broken) == ("broken", ("http/unknown-path",))


def test_a_drift_whose_daemon_is_not_there_is_broken_and_not_caught(bench):
    found = run(bench(None).examine(drift()))
    assert (found.word, found.caught) == ("broken", False)
    assert "cannot connect" in found.unobserved[0]


def test_a_drift_that_does_not_hold_is_unstable_and_not_caught(bench):
    class Once(lies.AnswersCreated):
        told = False

        def handled(self, handled):
            if Once.told:
                return handled
            found = super().handled(handled)
            Once.told = found is not handled
            return found

    found = run(bench(Once).examine(drift(clause="IT-15", spots=("status $",))))
    assert (found.word, found.caught) == ("unstable", False)


def test_a_drift_that_cannot_be_stood_up_says_why(bench):
    made = bench()

    def stand(_case):
        raise Unobservable("rust did not listen within 20 s")

    made._stand = stand
    found = run(made.examine(drift()))
    assert (found.failure, found.caught, found.word) == ("rust did not listen within 20 s", False, "broken")


def test_one_drift_leaves_nothing_behind_for_the_next(bench):
    made = bench(lies.LosesTraceId)
    planted = drift(clause="IT-15", spots=("body $.trace_id",))
    first, second = (run(made.examine(planted)) for _ in range(2))
    assert replace(first, seconds=0) == replace(second, seconds=0)
    assert run(made.control(Control("after"))).exit_code == 0


@pytest.mark.parametrize("seed", [None, 7])
def test_a_control_with_nothing_planted_is_at_parity_in_any_order(bench, seed):
    came = run(bench(lies.LosesTraceId).control(Control("control", seed=seed)))
    assert (came.verdict, came.exit_code, came.told) == ("parity", 0, ())


def test_a_control_that_is_not_at_parity_says_what_differs(bench):
    class Turns(lies.LosesTraceId):
        """Lies in one seat only, though both have it."""

        def handled(self, handled):
            return super().handled(handled) if self.seat == "go" else handled

    came = run(bench(honest=Turns).control(Control("control")))
    assert (came.verdict, came.exit_code) == ("divergence", 1)
    assert "iterate/accepted: go_drift: go stands alone: rust and the reference agree" in came.told


def test_a_control_that_could_not_look_has_no_verdict(bench):
    came = run(bench(honest=None).control(Control("control")))
    assert (came.verdict, came.exit_code) == ("no_verdict", 3)
    assert any("cannot connect" in line for line in came.told)


def test_the_seed_of_a_control_decides_the_order_of_what_is_asked(bench):
    orders = []

    class Listens(Truth):
        def request(self, request):
            if self.seat == "rust" and request.path not in ("/health", "/v1/usage"):
                orders[-1].append(request.body)
            return request

    made = bench(honest=Listens)
    made._plan = replace(made._plan, jobs=1)
    for seed in (1, 1, 2):
        orders.append([])
        run(made.control(Control("control", seed=seed)))
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])
