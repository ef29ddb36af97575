"""A call to Rust and one to Go under one id, and the caller's own spans: one tree in Langfuse."""

import asyncio
import json

import pytest
from tests.end_to_end.conftest import needs_toolchains
from tests.end_to_end.langfuse_sdks import told

from lakehouse_parity import stage
from lakehouse_parity.doubles.langfuse import ANYONE
from lakehouse_parity.model import RUNTIMES, Request, Step
from lakehouse_parity.wire.client import Client

pytestmark = needs_toolchains

TRACE = "0123456789abcdef0123456789abcdef"
ASKED = {"kind": "playbook", "prompt": "P", "provider": "parity", "model": "tree", "max_iterations": 2}
HEADERS = ((b"Content-Type", b"application/json"), (b"X-Lakehouse-Trace-Id", TRACE.encode()))
CALL = Request("POST", "/v1/iterate", HEADERS, json.dumps(ASKED).encode())


def grown(sdk=None, *words):
    """The sink after a caller's spans, if there is a caller, and one call of two attempts to each daemon."""

    async def grow():
        async with stage.demo(lambda _: None) as (config, doubles):
            doubles.model.expect("tree", (Step(content="no"), Step(content="no")))
            base = f"http://{doubles.langfuse_address}"
            said = sdk and await told(sdk, base, "pk-parity", "sk-parity", TRACE, *words)
            for runtime in config.runtimes.values():
                client = Client(runtime.address)
                assert (await client.ask(CALL)).status == 422
                client.close()
        return said, doubles.langfuse  # a daemon that ends hands over what it has

    return asyncio.run(grow())


def tree(sink):
    """Every node of the trace by its id, whoever sent it, each with its parent; a parent has to be there."""
    nodes = {}
    for owner in (*RUNTIMES, ANYONE):
        for span in map(json.loads, sink.take(owner, TRACE)):
            assert span["id"] not in nodes, "one would have been written over the other"
            nodes[span["id"]] = (owner, span["name"], span.get("parentObservationId"))
    assert {parent for _, _, parent in nodes.values()} <= {None, *nodes}
    return nodes


def attempts(nodes):
    return sorted((owner, parent) for owner, name, parent in nodes.values() if name == "iterate.attempt")


def trace_names(sink, *owners):
    return [json.loads(body)["name"] for owner in owners for body in sink.take_traces(owner, TRACE)]


FOUR = [("go", None), ("go", None), ("rust", None), ("rust", None)]


def test_both_daemons_hang_their_attempts_in_one_trace_that_either_makes_once_and_alike():
    _, sink = grown()
    assert attempts(tree(sink)) == FOUR
    assert trace_names(sink, *RUNTIMES) == ["iterate", "iterate"]
    assert [sink.trace_ids(runtime) for runtime in RUNTIMES] == [[TRACE], [TRACE]]


@pytest.mark.parametrize(("sdk", "words"), [("v2", ["outer-id"]), ("current", [])])
def test_a_caller_that_traces_with_an_sdk_finds_both_daemons_in_its_own_tree(sdk, words):
    said, sink = grown(sdk, *words)
    nodes = tree(sink)
    assert attempts(nodes) == FOUR
    own = {name: parent for owner, name, parent in nodes.values() if owner == ANYONE}
    assert own["outer"] is None
    assert (own["inner"], own["generation"]) == (said.get("outer", "outer-id"), said["inner"])
    assert trace_names(sink, ANYONE, *RUNTIMES) == [
        "caller" if sdk == "v2" else "outer",
        "iterate",
        "iterate",
    ]
