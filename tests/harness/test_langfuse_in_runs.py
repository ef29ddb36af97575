"""What a run makes of Langfuse: spans that come astray, a Langfuse that fails, traces that are shared."""

import asyncio
import json
import re

import pytest
from msgspec.structs import replace
from tests.fakes.driving import drive, probes
from tests.fakes.lying_daemon import Truth
from tests.harness.making import observed, probe
from tests.harness.observing import CONFIG, every_probe, roster
from tests.harness.sockets import run
from tests.harness.telling_langfuse import event as told
from tests.harness.telling_langfuse import ingested, keys

from lakehouse_parity import live, recorded, recording
from lakehouse_parity.config import Address, Config, Langfuse, Runtime
from lakehouse_parity.doubles import Doubles
from lakehouse_parity.emissions import Emissions
from lakehouse_parity.engine import Plan
from lakehouse_parity.model import Outage, Request, Verdict
from lakehouse_parity.wire.client import Client, WireError
from lakehouse_spec.dialects import Dialect

LOCAL = Address("127.0.0.1", 0)
OUTAGES = {id_ for id_ in (each.id for each in probes()) if id_.startswith("spans/langfuse-")}
ASTRAY = r"spans arrived at Langfuse without /rust or /go in the base URL"


@pytest.fixture
def log(tmp_path):
    return tmp_path / "sessions.jsonl"


class HasNoSeatInItsBaseUrl(Truth):
    """Langfuse's base URL does not say whose spans they are."""

    loses = True

    def __init__(self, seat):
        super().__init__(seat)
        self.base = ""


def test_spans_without_a_runtime_in_the_path_break_the_probe_and_say_what_to_do(log):
    ran = drive(Truth, HasNoSeatInItsBaseUrl, log, only=["iterate/accepted", "http/malformed"], deadline=0.3)
    assert ran.drifted() == {"iterate/accepted": "broken"}
    reason = ran.outcomes["iterate/accepted"].reason
    assert re.fullmatch(
        rf"go: {ASTRAY}: let the Rust daemon's Langfuse base URL be http://127.0.0.1:\d+/rust "
        r"and the Go daemon's http://127.0.0.1:\d+/go",
        reason,
    )
    assert ran.summary.exit_code == 3
    assert any(re.match(rf"{ASTRAY} \(1 traces\): ", told) for told in ran.summary.unseen)


class HasOtherKeys(Truth):
    """Langfuse is asked with the keys of another project."""

    loses = True
    keys = b"pk-other:sk-other"


def test_a_run_in_which_langfuse_was_asked_with_other_keys_has_no_verdict(log):
    ran = drive(HasOtherKeys, Truth, log, only=["iterate/accepted"], deadline=0.3)
    assert ran.summary.exit_code == 3
    assert "Langfuse, asked by rust: the keys are not those of `langfuse` in the configuration" in (
        ran.summary.unseen
    )


def test_every_way_of_failing_is_asked_of_two_truths_and_is_parity_and_is_recorded(log, tmp_path):
    path = tmp_path / "recording.jsonl"
    with path.open("w") as file:
        ran = drive(Truth, Truth, log, only=OUTAGES, listener=recording.Recorder(file))
    assert {outcome.verdict for outcome in ran.outcomes.values()} == {Verdict.PARITY}
    assert {ran.outcomes[id_].probe.outage for id_ in OUTAGES} == set(Outage)
    again = [event for event in recorded.read(path) if hasattr(event, "outcome")]
    assert {event.outcome.probe.outage for event in again} == set(Outage)
    for event in again:
        fails = event.outcome.probe.langfuse_fails
        assert {side.in_time for side in event.seen.values()} == {True if fails else None}
        assert {side.spans is None for side in event.seen.values()} == {fails}


def test_traces_are_recorded_and_read_again(log, tmp_path):
    path = tmp_path / "recording.jsonl"
    with path.open("w") as file:
        drive(Truth, Truth, log, only=["iterate/accepted"], listener=recording.Recorder(file))
    [event] = [event for event in recorded.read(path) if hasattr(event, "outcome")]
    names = [[json.loads(body)["name"] for body in one.traces] for one in event.seen.values()]
    assert names == [["iterate"]] * 4


def test_what_langfuse_does_with_one_call_is_no_matter_to_the_next(log):
    ran = drive(Truth, Truth, log, only=[*OUTAGES, "iterate/accepted", "iterate/feedback"])
    assert ran.drifted() == {}
    assert ran.outcomes["iterate/accepted"].unwired == ran.outcomes["iterate/feedback"].unwired


def emissions():
    runtimes = {
        "rust": Runtime("rust", LOCAL, "gateway", Dialect.SERDE_JSON),
        "go": Runtime("go", LOCAL, "validatord", Dialect.ENCODING_JSON),
    }
    return Emissions(Doubles(Config(runtimes, roster=None, langfuse=Langfuse(LOCAL, "pk", "sk"))))


SEEN = {side: observed(traces=(b"{}",)) for side in ("rust", "go", "reference", "reference_go")}
IDS = {"rust": {"t"}, "go": {"t"}}


@pytest.mark.parametrize(
    ("sent", "dealt"),
    [([], [(), ()]), ("a", ["a", ()]), ("ab", ["a", "b"]), ("abc", ["a", "bc"])],
)
def test_of_traces_under_an_id_that_two_probes_name_alike_each_has_one_and_the_last_what_is_left(sent, dealt):
    one, two = (probe(f"iterate/{id_}", model=id_, trace="t") for id_ in "ab")
    found = emissions()
    for each in (one, two):
        found.meet(each, SEEN)
    for name in sent:
        ingested(told("trace-create", name, id="t", name=name), sink=found._sink)
    assert found.arrived(one, "rust", {"t"}, 0)
    found.deal([(one, SEEN), (two, SEEN)])
    traces = [found.added(each, SEEN, IDS)["rust"].traces for each in (one, two)]
    assert [tuple(json.loads(body)["name"] for body in bodies) for bodies in traces] == [*map(tuple, dealt)]
    assert found.added(one, SEEN, IDS)["reference"].traces == (b"{}",)


def test_a_trace_that_only_one_probe_names_is_its_own():
    one, other = probe("iterate/a", model="a", trace="t"), probe("iterate/b", model="b", trace="u")
    found = emissions()
    found.meet(one, SEEN)
    found.meet(other, SEEN)
    ingested(told("trace-create", "1", id="t"), told("trace-create", "2", id="t"), sink=found._sink)
    found.deal([(one, SEEN), (other, SEEN)])
    assert len(found.added(one, SEEN, IDS)["rust"].traces) == 2


def test_a_real_models_own_time_hides_what_langfuse_adds_so_these_probes_are_skipped_then():
    asked = [every_probe()[id_] for id_ in ("spans/langfuse-slow", "spans/langfuse-down", "spans/accepted")]
    plan = Plan(CONFIG, roster(), asked, frozenset(each.id for each in asked))
    cast = live.cast(plan, live.LiveModel("provider", "model"))
    assert [each.id for each in cast.probes] == ["spans/accepted"]
    assert [outcome.reason for outcome in cast.skipped] == [live.OUTAGE] * 2


def test_a_reply_that_langfuse_holds_back_is_never_sent_when_the_connections_are_closed():
    async def ask():
        doubles = Doubles(replace(CONFIG, model=None, langfuse=Langfuse(LOCAL, "pk", "sk")))
        await doubles.start()
        doubles.langfuse.fail("t", Outage.SLOW)
        taken, handle = asyncio.Event(), doubles._langfuse_server._handle
        doubles._langfuse_server._handle = lambda received: (taken.set(), handle(received))[1]
        body = json.dumps({"batch": [told(traceId="t", id="s")]}).encode()
        client = Client(doubles.langfuse_address)
        headers = ((b"Authorization", keys().encode()),)
        asking = asyncio.create_task(client.ask(Request("POST", "/go/api/public/ingestion", headers, body)))
        await taken.wait()
        doubles.hang_up_langfuse()
        with pytest.raises(WireError):
            await asking
        async with doubles.langfuse_down():
            with pytest.raises(WireError):
                await client.ask(Request("GET", "/api/public/health"))
        answer = await client.ask(Request("GET", "/api/public/health"))
        client.close()
        doubles.stop()
        return answer.status

    assert run(ask()) == 200
