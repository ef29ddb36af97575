"""A runtime over HTTP: its facts, its answer, its counts, and what could not be observed."""

import asyncio
import json
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness.making import probe
from tests.harness.sockets import Closing, Speaker, free_address, run

from lakehouse_parity.config import Runtime
from lakehouse_parity.lossless import parse
from lakehouse_parity.model import Answer, Request
from lakehouse_parity.targets import health
from lakehouse_parity.targets.daemon import DaemonTarget, gained
from lakehouse_parity.wire.client import WireError
from lakehouse_spec.dialects import Dialect

PAIR = ("parity", "m")


def reply(body, status=200):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n" % (status, len(data)) + data


def told(what, *answers, address=None, adapter=()):
    """What a target tells that is asked by `what`, against a server with these answers."""

    async def ask():
        async with Speaker(*answers) as speaker:
            runtime = Runtime("rust", address or speaker.address, "gateway", Dialect.SERDE_JSON, adapter)
            target = DaemonTarget(runtime, 2.0)
            try:
                return await what(target)
            finally:
                await target.close()

    return run(ask())


def test_facts_are_those_of_the_configuration_with_the_version_of_the_daemon():
    facts = told(lambda target: target.facts(), reply({"status": "ok", "daemon": "x", "version": "1.2"}))
    assert (facts.daemon, facts.dialect, facts.version, facts.bundled) == ("gateway", "serde_json", "1.2", "")
    assert facts.url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"7", b"{}", b'{"version":7}'])
def test_a_daemon_that_does_not_tell_its_version_is_there_all_the_same(body):
    assert told(lambda target: target.facts(), reply(body)).version == ""


@pytest.mark.parametrize("status", [204, 404, 500, 503])
def test_a_daemon_that_is_not_well_is_not_there(status):
    with pytest.raises(WireError, match=f"GET /health answered {status}"):
        told(lambda target: target.facts(), reply(b"", status))


def test_a_daemon_that_is_just_starting_is_awaited():
    assert told(lambda target: target.facts(), Closing(b""), reply({"version": "2"})).version == "2"


def test_a_daemon_that_is_not_there_is_given_up():
    with pytest.raises(WireError, match="cannot connect"):
        told(lambda target: health.facts(target._client, target.runtime, 0.05), address=free_address())


def test_an_answer_is_an_observation_and_everything_else_is_not_looked_at():
    asked = probe(request=Request("GET", "/x"))
    seen = told(lambda target: target.observe(asked), reply(b"hi", 418))
    assert seen.answer == Answer(418, (("content-length", "2"),), b"hi")
    assert (seen.failure, seen.rows, seen.spans, seen.usage, seen.extraction) == ("", None, None, None, None)


def test_no_answer_is_a_failure_that_names_what_was_asked():
    asked = probe(request=Request("GET", "/x"))
    seen = told(lambda target: target.observe(asked), Closing(b""))
    assert seen.answer is None
    assert seen.failure.startswith("GET http://127.0.0.1:")
    assert seen.failure.endswith("/x: the connection was closed before any answer")


def test_a_text_that_the_adapter_cannot_answer_is_a_failure_beside_the_answer():
    asked = probe(request=Request("GET", "/x"), raw="text")
    seen = told(lambda target: target.observe(asked), reply(b"hi"), adapter=("/no/such/adapter",))
    assert seen.failure == "adapter /no/such/adapter cannot be run: No such file or directory"
    assert seen.answer.body == b"hi"


def test_counts_are_read_by_provider_and_model():
    body = {
        "usage": [
            {"provider": "p", "model": "m", "requests": 1},
            {"provider": "q", "model": "m", "requests": 2},
        ]
    }
    counts = told(lambda target: target.usage(), reply(body))
    assert counts == {("p", "m"): {"requests": b"1"}, ("q", "m"): {"requests": b"2"}}


def test_an_entry_in_the_wrong_place_of_the_counts_says_so():
    pairs = [("p", "a"), ("p", "c"), ("p", "b"), ("p", "b"), ("q", "a")]
    entries = [{"provider": provider, "model": model, "requests": 1} for provider, model in pairs]
    counts = told(lambda target: target.usage(), reply({"usage": entries}))
    assert [pair for pair, entry in counts.items() if entry.get("out of order")] == [("p", "b")]
    assert parse(gained({}, counts, ("p", "b"))) == {"requests": b"1", "out of order": True}


@pytest.mark.parametrize(
    "answer",
    [
        reply(b""),
        reply(b"nonsense"),
        reply([]),
        reply({}),
        reply({"usage": 7}),
        reply({"usage": [7]}),
        reply({"usage": [{"provider": "p"}]}),
        reply({"usage": [{"provider": {}, "model": "m"}]}),
        Closing(b""),
    ],
)
def test_counts_that_cannot_be_read_are_none(answer):
    assert told(lambda target: target.usage(), answer) is None


def counts(**members):
    return {PAIR: {name: str(count).encode() for name, count in members.items()}}


def test_what_a_pair_gained_is_the_difference_of_its_counts():
    assert parse(gained(counts(a=1, b=5), counts(a=3, b=5), PAIR)) == {"a": b"2", "b": b"0"}
    assert parse(gained({}, counts(a=3), PAIR)) == {"a": b"3"}
    assert parse(gained(counts(a=3), counts(a=1), PAIR)) == {"a": b"-2"}
    assert parse(gained(counts(a=-5), counts(a=-10), PAIR)) == {"a": b"-5"}
    assert parse(gained(counts(a=3), counts(a=4, b=1), PAIR)) == {"a": b"1", "b": b"1"}


def test_a_pair_without_an_entry_or_without_a_change_gained_nothing():
    assert gained({}, {}, PAIR) == b"null"
    assert gained(counts(a=1), counts(a=1), PAIR) == b"null"
    assert gained({}, counts(a=1), ("other", "m")) == b"null"


def test_what_is_no_count_stays_what_it_is():
    after = {PAIR: {"a": "7", "b": b"1.5", "c": None, "d": b"-1", "e": b"9" * 5000}}
    assert parse(gained(counts(a=1, b=1), after, PAIR)) == after[PAIR]


def test_where_counts_cannot_be_had_nothing_is_said_of_them():
    assert gained(None, {}, PAIR) is gained({}, None, PAIR) is None


numbers = st.dictionaries(st.sampled_from("abc"), st.integers(0, 10**20), min_size=1)


@given(numbers, numbers)
def test_what_was_there_and_what_was_gained_make_what_is_there(before, gain):
    after = {name: before.get(name, 0) + gain.get(name, 0) for name in {**before, **gain}}
    found = parse(gained(counts(**before), counts(**after), PAIR))
    assert found is None or {name: int(count) for name, count in found.items()} == {
        name: gain.get(name, 0) for name in after
    }


def greeted(*answers, address=None):
    """Who answers at once of a server with these answers and one whose answers are good."""

    async def ask():
        async with Speaker(*answers) as speaker, Speaker(reply({"version": "2"})) as good:
            seats = {"rust": address or speaker.address, "go": good.address}
            runtimes = {name: Runtime(name, at, "tag", Dialect.SERDE_JSON) for name, at in seats.items()}
            return {name: facts.version for name, facts in (await health.at_once(runtimes)).items()}

    with mock.patch.object(health, "_MOMENT", 1.0):
        return run(ask())


def test_who_answers_at_once_is_known_before_anything_else():
    assert greeted(reply({"version": "1"})) == {"rust": "1", "go": "2"}


async def says_nothing(_reader, _writer):
    await asyncio.sleep(20)


@pytest.mark.parametrize("answer", [says_nothing, Closing(b""), reply(b"", 503)])
def test_who_does_not_answer_well_at_once_is_to_be_asked_again(answer):
    assert greeted(answer) == {"go": "2"}


def test_who_is_not_there_is_to_be_asked_again():
    assert greeted(address=free_address()) == {"go": "2"}
