"""What the daemons call out to: the scripted model and Langfuse's ingestion endpoint."""

import json

import pytest
from msgspec.structs import replace
from tests.harness.making import probe
from tests.harness.sockets import run
from tests.harness.telling_langfuse import event, keys

from lakehouse_parity.config import Address, Config, Langfuse, Runtime
from lakehouse_parity.doubles import Doubles
from lakehouse_parity.doubles.provider import ScriptedModel
from lakehouse_parity.errors import Mistake
from lakehouse_parity.model import Fault, Request, Step
from lakehouse_parity.script import OLLAMA_PATH, OPENAI_PATH
from lakehouse_parity.wire.client import Client, WireError
from lakehouse_parity.wire.server import Received
from lakehouse_spec.dialects import Dialect

LOCAL = Address("127.0.0.1", 0)


def asking(model="m", path="/rust" + OPENAI_PATH, method="POST", **members):
    body = json.dumps({"model": model, **members}).encode()
    return Received(method, path, (("x-lakehouse-trace-id", "t"), ("content-type", "application/json")), body)


def content(reply):
    body = json.loads(reply.body)
    return body["message"]["content"] if "message" in body else body["choices"][0]["message"]["content"]


@pytest.fixture
def model():
    scripted = ScriptedModel()
    scripted.expect("m", (Step(content="0"), Step(content="1")))
    return scripted


def test_each_runtime_gets_the_script_from_its_first_step(model):
    said = [
        content(model.handle(asking(path=f"/{runtime}{OPENAI_PATH}"))) for runtime in ("rust", "rust", "go")
    ]
    assert said == ["0", "1", "0"]


def test_the_name_of_the_model_says_which_script_is_played(model):
    model.expect("n", (Step(content="other"),))
    assert [content(model.handle(asking(name))) for name in ("n", "m")] == ["other", "0"]


@pytest.mark.parametrize("path", [OPENAI_PATH, OLLAMA_PATH])
def test_either_shape_plays_the_same_script(model, path):
    assert content(model.handle(asking(path="/go" + path))) == "0"


def test_a_call_beyond_the_script_is_answered_with_500(model):
    replies = [model.handle(asking()) for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 500]
    assert replies[2].body == b"the script has no further step"


@pytest.mark.parametrize(
    ("step", "members"),
    [
        (
            Step(status=503, body=b"\xff", content_type="x/y"),
            {"status": 503, "body": b"\xff", "content_type": "x/y"},
        ),
        (Step(fault=Fault.HANG_UP), {"fault": Fault.HANG_UP}),
        (Step(fault=Fault.BREAK_OFF), {"fault": Fault.BREAK_OFF}),
        (Step(content="x", delay=0.25), {"delay": 0.25}),
    ],
)
def test_every_kind_of_step_becomes_its_reply(model, step, members):
    model.expect("m", (step,))
    reply = model.handle(asking())
    assert {name: getattr(reply, name) for name in members} == members


def test_every_request_is_kept_whole_with_its_times_until_it_is_taken(model):
    for number in range(2):
        model.handle(asking(n=number)).sending()
    first, second = model.take("rust", "m")
    assert (first.path, first.headers, first.body) == (OPENAI_PATH, asking().headers, asking(n=0).body)
    assert first.received <= first.answered <= second.received <= second.answered
    assert model.take("rust", "m") == ()
    assert content(model.handle(asking())) == "0"


def test_taking_the_calls_of_one_runtime_leaves_those_of_the_other(model):
    model.handle(asking())
    model.handle(asking(path="/go" + OPENAI_PATH))
    assert len(model.take("rust", "m")) == len(model.take("go", "m")) == 1


def test_a_script_that_is_forgotten_is_played_no_more(model):
    model.forget("m")
    assert model.handle(asking()).status == 404


@pytest.mark.parametrize(
    "received",
    [
        asking("unknown"),
        asking(None),
        asking(7),
        replace(asking(), body=b"nonsense"),
        replace(asking(), body=b"[]"),
        replace(asking(), body=b'{"model":"m","model":"m"}'),
        replace(asking(), body=b""),
    ],
)
def test_a_call_for_no_script_is_404_and_is_remembered(model, received):
    assert (model.handle(received).status, len(model.strays)) == (404, 1)
    assert model.take("rust", "m") == ()


def traced(received, trace):
    return replace(received, headers=(("x-lakehouse-trace-id", trace),))


def test_a_call_under_another_name_is_claimed_once_by_its_trace_id(model):
    model.handle(traced(asking("M"), "t-1"))
    model.handle(traced(asking("M", path="/go" + OPENAI_PATH), "t-1"))
    assert model.claim("rust", {"t-2"}) == ()
    [call] = model.claim("rust", {"t-1"})
    assert call.body == asking("M").body
    assert model.claim("rust", {"t-1"}) == ()
    assert model.strays == [f"go asked {OPENAI_PATH} for the model 'M', a name that no probe has"]


def test_headers_of_a_scripted_answer_are_sent(model):
    model.expect("m", (Step(status=302, body=b"", headers=(("location", "/x"),)),))
    assert model.handle(asking()).headers == (("location", "/x"),)


@pytest.mark.parametrize(
    "received",
    [
        asking(method="GET"),
        *(
            asking(path=path)
            for path in ("/", "*", "", "/rust", "/rust/", "/rust/v1/completions", OPENAI_PATH)
        ),
        *(asking(path=path + OPENAI_PATH) for path in ("/python", "/rust/x", "/RUST", "//rust")),
        asking(path="/rust" + OPENAI_PATH + "/"),
        asking(path="/rust" + OPENAI_PATH + "?x=1"),
    ],
)
def test_what_is_no_call_to_a_provider_is_404_and_plays_nothing(model, received):
    assert model.handle(received).status == 404
    assert content(model.handle(asking())) == "0"


def config(**members):
    runtimes = {
        "rust": Runtime("rust", LOCAL, "gateway", Dialect.SERDE_JSON),
        "go": Runtime("go", LOCAL, "validatord", Dialect.ENCODING_JSON),
    }
    return Config(runtimes, roster=None, **members)


def test_only_what_is_wired_listens():
    async def start(doubles):
        await doubles.start()
        addresses = doubles.model_address, doubles.langfuse_address
        doubles.stop()
        return addresses

    assert run(start(Doubles(config()))) == (None, None)
    model, langfuse = run(start(Doubles(config(model=LOCAL, langfuse=Langfuse(LOCAL, "pk", "sk")))))
    assert 0 not in (model.port, langfuse.port)
    assert Doubles(config()).calls("rust", "m", ()) is None


def test_both_doubles_answer_over_http():
    async def ask():
        doubles = Doubles(config(model=LOCAL, langfuse=Langfuse(LOCAL, "pk", "sk")))
        await doubles.start()
        doubles.expect(probe(model="m", script=(Step(content="hi"), Step(fault=Fault.HANG_UP))))
        model, langfuse = Client(doubles.model_address), Client(doubles.langfuse_address)
        said = await model.ask(Request("POST", "/go/v1/chat/completions", (), b'{"model":"m"}'))
        with pytest.raises(WireError):
            await model.ask(Request("POST", "/go/v1/chat/completions", (), b'{"model":"m"}'))
        body = json.dumps({"batch": [event(traceId="t", id="s")]}).encode()
        headers = ((b"Authorization", keys().encode()),)
        took = await langfuse.ask(Request("POST", "/go/api/public/ingestion", headers, body))
        model.close()
        langfuse.close()
        doubles.stop()
        return said.status, took.status, len(doubles.calls("go", "m", ())), doubles.langfuse.take("go", "t")

    assert run(ask()) == (200, 207, 2, (b'{"traceId":"t","id":"s"}',))


def test_an_address_that_is_taken_is_a_mistake_that_says_which_double_wanted_it():
    async def start():
        first = Doubles(config(model=LOCAL))
        await first.start()
        try:
            await Doubles(config(model=first.model_address)).start()
        finally:
            first.stop()

    with pytest.raises(Mistake, match=r"the scripted model \(model.listen\) cannot listen on 127"):
        run(start())


@pytest.mark.parametrize(("script", "status"), [((), 404), ((Step(content="x"),), 200)])
def test_a_probe_without_a_model_sets_a_script_where_it_has_one(script, status):
    doubles = Doubles(config(model=LOCAL))
    doubles.expect(probe(model="", script=script))
    assert doubles.model.handle(asking("")).status == status
