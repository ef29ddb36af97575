"""The second reference is spared only where it would say what the first one says."""

import pytest
from tests.harness.making import probe
from tests.harness.observing import ROOT

from lakehouse_parity import loading
from lakehouse_parity.config import Address, Config, Langfuse, Runtime
from lakehouse_parity.engine import prepared
from lakehouse_parity.model import RUNTIMES, Request
from lakehouse_parity.targets.reference import Reference, both
from lakehouse_spec.dialects import Dialect

HERE = Address("127.0.0.1", 1)
CONFIG = Config(
    runtimes={
        "rust": Runtime("rust", HERE, "gateway", Dialect.SERDE_JSON),
        "go": Runtime("go", HERE, "validatord", Dialect.ENCODING_JSON),
    },
    roster=ROOT / "fixtures/roster/workers.parquet",
    session_log=ROOT / "log",
    model=HERE,
    ollama_provider="parity-ollama",
    langfuse=Langfuse(HERE, "pk", "sk"),
)
PLAN = loading.load(CONFIG, ROOT / "probes")
REFERENCES = [Reference.of(CONFIG, CONFIG.runtimes[name], PLAN.roster) for name in RUNTIMES]


class Counting:
    """A reference that counts how often it is asked."""

    def __init__(self, reference):
        self._reference = reference
        self.asked = 0

    def observe(self, one):
        self.asked += 1
        return self._reference.observe(one)


def test_of_every_probe_each_runtime_is_told_what_its_own_reference_says():
    second = Counting(REFERENCES[1])
    for each in PLAN.probes:
        one = prepared(each, "run")
        told = both([REFERENCES[0], second], one)
        assert told == tuple(reference.observe(one) for reference in REFERENCES), each.id
    assert second.asked < len(PLAN.probes), "of some it is spared"


def validated(body, *headers, method="POST", path="/v1/validate"):
    return probe(
        "validate/x", request=Request(method, path, ((b"Content-Type", b"application/json"), *headers), body)
    )


BODY = b'{"kind":"playbook","artifact":{},"context":null}'


@pytest.mark.parametrize(
    ("one", "times"),
    [
        (validated(BODY), 0),
        (validated(b"no JSON"), 0),
        (validated(BODY, method="GET"), 0),
        (validated(BODY.replace(b"{}", b"1.0")), 1),
        (validated(BODY.replace(b"{}", '"é"'.encode())), 1),
        (validated(BODY, path="/health"), 1),
        (validated(b"1\r\n1\r\n2\r\n.5\r\n0\r\n\r\n", (b"Transfer-Encoding", b"chunked")), 1),
    ],
)  # fmt: skip
def test_it_is_asked_where_a_dialect_or_a_tag_may_decide(one, times):
    second = Counting(REFERENCES[1])
    assert both([REFERENCES[0], second], one)[1] == REFERENCES[1].observe(one)
    assert second.asked == times
