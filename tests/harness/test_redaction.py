"""What is a secret, and that it is replaced by its name in every spelling, and nothing else is touched."""

import base64
import io
import json
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.harness.making import bodies, call, observed, outcome, probe, sides

from lakehouse_parity import lossless, recorded, secrecy, yamlio
from lakehouse_parity.errors import Mistake
from lakehouse_parity.events import Finished, Judged, RuntimeFacts, Started
from lakehouse_parity.judging import judge
from lakehouse_parity.model import ModelRequest, Verdict
from lakehouse_parity.recording import Recorder
from lakehouse_parity.redaction import SHORTEST, Redactor

KEY = "sk-7f3a9c1e55"
NAMED = Redactor({"KEY": KEY})

secrets = st.text(st.characters(exclude_categories=["Cs"]), min_size=SHORTEST, max_size=20)
around = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def escaped(text):
    """Every character as JSON may write it."""
    units = text.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


SPELLINGS = (
    str,
    json.dumps,
    escaped,
    lambda key: json.dumps(key, ensure_ascii=False),
    lambda key: json.dumps({"a": [json.dumps({"b": key})]}),
    quote,
    lambda key: quote(key, safe=""),
    *(lambda key, n=n: base64.b64encode(b"#" * n + key.encode()).decode() for n in range(3)),
    *(lambda key, n=n: base64.urlsafe_b64encode(b"#" * n + key.encode() + b"!").decode() for n in range(3)),
)


@given(secrets, around, around, st.sampled_from(SPELLINGS))
def test_a_secret_is_found_and_replaced_in_every_spelling(secret, before, behind, spell):
    redactor, text = Redactor({"KEY": secret}), f"{before} {spell(secret)} {behind}"
    assert redactor.finds(text)
    assert redactor.finds(json.dumps(text))
    assert redactor.finds(json.dumps(text, ensure_ascii=False))
    assert redactor.clean(text) != text
    assert redactor.clean(text.encode()) != text.encode()
    assert spell(secret).strip("#=") not in redactor.clean(text)


@given(secrets, st.text(max_size=40))
def test_where_no_secret_stands_nothing_is_touched(secret, text):
    redactor = Redactor({"KEY": secret})
    assume(not redactor.finds(text))
    assert redactor.clean((text.encode("utf-8", "surrogatepass"),)) == (
        text.encode("utf-8", "surrogatepass"),
    )


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (KEY, "(secret KEY)"),
        (f"https://pk:{KEY}@host/", "https://pk:(secret KEY)@host/"),
        (f"{KEY}{KEY}", "(secret KEY)(secret KEY)"),
        ("sk\\u002D7f3a9c1e55", "(secret KEY)"),
        ("sk\\\\u002D7f3a9c1e55", "(secret KEY, encoded)"),
        ("sk%2d7f3a9c1e55", "(secret KEY, encoded)"),
        ("Basic cGs6c2stN2YzYTljMWU1NQ==", "Basic cGs(secret KEY, base64)=="),
        ("line b'{sk-7f3a9c1'", "line b'{(secret KEY, cut)'"),
        ("{sk-7f3a9c1…", "{(secret KEY, cut)…"),
        ("sk-7f3a9c2e55", "sk-7f3a9c2e55"),
        (KEY.upper(), KEY.upper()),
        ("sk-7f", "sk-7f"),
    ],
)
def test_the_name_stands_in_its_place_and_says_how_it_was_written(written, told):
    assert NAMED.clean(written) == told


def test_of_two_names_the_first_is_told_and_of_two_secrets_the_longer():
    redactor = Redactor({"A": KEY, "B": KEY, "C": KEY + "-long"})
    assert redactor.clean(f"{KEY} {KEY}-long") == "(secret A) (secret C)"


@pytest.mark.parametrize("value", ["", "3100", "gateway", "a" * (SHORTEST - 1)])
def test_what_is_short_is_no_secret(value):
    redactor = Redactor({"SHORT": value})
    assert not redactor.finds(f"at {value}:{value}")
    assert redactor.clean(f"at {value}:{value}") == f"at {value}:{value}"


def test_without_secrets_a_record_stays_the_very_same():
    event = Judged(outcome(), bodies(KEY, KEY, KEY))
    assert Redactor({}).clean(event) is event
    assert Redactor({"SHORT": "1"}).clean(event) is event


@pytest.mark.parametrize("number", ["12345678", "-1234567", "1.234e56", "1234567890123"])
def test_a_number_becomes_another_number_so_that_json_stays_json(number):
    body = Redactor({"PIN": number}).clean(
        f'{{"a":{number},"b":[0{"" if number[0] == "-" else ","}{number}]}}'
    )
    assert number not in body
    assert json.loads(f'{{"a":{Redactor({"PIN": number}).clean(number)}}}')["a"] == float("9" * len(number))


def written(redactor, *events):
    """The lines of a recording, and the events as the recorder passes them on."""
    file = io.StringIO()
    recorder = Recorder(file, redactor)
    passed = [recorder(event) for event in events]
    return file.getvalue(), passed


def test_every_place_of_a_record_is_cleaned_before_anybody_hears_of_it(tmp_path):
    leaking = observed(
        json.dumps({"debug": KEY}),
        model_requests=(call(KEY, path=f"/{KEY}", headers=(("x", KEY),)),),
        rows=(KEY.encode(),),
        spans=(json.dumps({KEY: [KEY]}).encode(),),
        traces=(json.dumps({"a": KEY}).encode(),),
        usage=json.dumps({KEY: 1}).encode(),
        extraction=b"\xff" + KEY.encode(),
        failure=f"answered {KEY}",
    )
    facts = RuntimeFacts(f"http://{KEY}", KEY, "serde_json", KEY)
    events = (
        Started("2026-01-01T00:00:00+00:00", {"rust": facts}, 1),
        Judged(outcome(reason=KEY, why=KEY, raw=KEY), sides(leaking)),
        Finished(1, (KEY,), (KEY,)),
    )
    text, passed = written(NAMED, *events)
    assert KEY not in text
    assert KEY not in repr(passed)
    (tmp_path / "recording.jsonl").write_text(text)
    again = list(recorded.read(tmp_path / "recording.jsonl"))
    assert [each.seen for each in again[1:2]] == [each.seen for each in passed[1:2]]
    assert isinstance(passed[1].seen["rust"].model_requests[0], ModelRequest)


@given(st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS))
def test_what_diverged_diverges_again_and_what_was_alike_stays_alike(one, other):
    asked = probe()
    seen = bodies(*(json.dumps({"a": spell(KEY)}) for spell in (one, other, other)))
    _, [event] = written(NAMED, Judged(judge(asked, seen, []), seen))
    again = judge(event.outcome.probe, event.seen, [])
    assert again.verdict is event.outcome.verdict
    assert (again.verdict is Verdict.PARITY) is (one(KEY) == other(KEY))


def test_a_secret_on_one_side_only_is_a_divergence_of_the_recording_too():
    seen = bodies(json.dumps({"a": KEY}), '{"a":""}', '{"a":""}')
    _, [event] = written(NAMED, Judged(judge(probe(), seen, []), seen))
    assert judge(event.outcome.probe, event.seen, []).verdict is Verdict.RUST_DRIFT


@pytest.mark.parametrize("levels", [10, 60, 5000])
def test_json_is_cleaned_however_deep_it_is(levels):
    def nested(text):
        return '{"a":[' * levels + json.dumps(text) + "]}" * levels

    seen = bodies(nested(KEY), "1", "1")
    text, [event] = written(NAMED, Judged(judge(probe(), seen, []), seen))
    told = nested("(secret KEY)")
    assert KEY not in text
    assert event.seen["rust"].answer.body.decode() == told
    assert [lossless.write(found.values["rust"]) for found in event.outcome.differences] == [told]


def document(text):
    return yamlio.parse(text, "parity.yaml")


def test_the_secrets_of_a_configuration_are_its_variables_and_the_secret_key(monkeypatch):
    monkeypatch.setenv("ONE", "first-value")
    monkeypatch.setenv("TWO", "second-value")
    monkeypatch.delenv("NONE", raising=False)
    text = "a: [x, {b: 'u:${ONE}@${NONE}'}]\nlangfuse: {public_key: pk-1, secret_key: 'sk-${TWO}-x'}"
    assert secrecy.secrets(document(text)) == {
        "ONE": "first-value",
        "TWO": "second-value",
        "langfuse.secret_key": "sk-second-value-x",
    }


@pytest.mark.parametrize("text", ["", "[]", "a: 1", "langfuse: x", "langfuse: {secret_key: 12345678}"])
def test_a_configuration_may_have_no_secrets(text):
    assert secrecy.secrets(document(text)) == {}


def test_of_a_file_that_cannot_be_read_no_secrets_are_known(tmp_path):
    assert secrecy.known_to(tmp_path / "none.yaml") == {}
    with pytest.raises(Mistake):
        yamlio.read(tmp_path / "none.yaml")
