"""Of a text in which nothing divides the dialects, both make the same, whatever it is."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse_spec import validate
from lakehouse_spec.dialects import Dialect, Refused, parse, read_alike, serialise
from lakehouse_spec.requests import Malformed
from lakehouse_spec.roster import Roster, Worker

ROSTER = Roster((Worker("W-1", "Ada Okafor", "Welder", "Toledo", "OH", "active", "", "", ()),))

pieces = st.lists(
    st.sampled_from(
        [*'{}[]:,"-0123é\x7fx \n', "12", "-0", "1.5", "2e3", "123456789012345", "1234567890123456"]
    )
    | st.sampled_from(['"a"', '"a":', "true", "null", "NaN", "\\u0041", "\\ud800"]),
    max_size=14,
).map("".join)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.sampled_from('ab0-.e[{<&"\\é\u2028'), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=8,
)


def made(text, dialect):
    try:
        return serialise(parse(text, dialect), dialect)
    except Refused:
        return "refused"


@given(pieces | values.map(json.dumps) | values.map(lambda value: json.dumps(value, ensure_ascii=False)))
def test_both_dialects_make_the_same_of_it_js_1_to_js_10(text):
    data = text.encode()
    if read_alike(data):
        assert made(data, Dialect.SERDE_JSON) == made(data, Dialect.ENCODING_JSON)


@given(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["fill", "email", "playbook", "other"]), "artifact": values},
        optional={"context": st.fixed_dictionaries({}, optional={"target_count": values, "city": values})},
    ),
    st.sampled_from(["fills", "to", "operation", "endorsed_names"]),
    values,
)
def test_a_validator_answers_it_alike_va_3(request, member, value):
    artifact = {"operation": "fill: Welder x2 in Toledo, OH", "endorsed_names": ["Ada"], "fingerprint": "f"}
    artifact |= {"fills": [{"candidate_id": "W-1"}], "to": "a", "body": "Hi Ada, come at 8."}
    body = json.dumps({**request, "artifact": {**artifact, member: value}}).encode()
    answers = [answered(body, dialect) for dialect in Dialect]
    if read_alike(body) and read_alike(answers[0].body):
        assert answers[0] == answers[1]


def answered(body, dialect):
    try:
        return validate.answer(body, ROSTER, lambda: datetime(2000, 1, 1, tzinfo=UTC), dialect)
    except Malformed as malformed:
        return validate.json_answer(malformed.status, f"{malformed}")


@pytest.mark.parametrize(
    "text",
    ['"é"', '"\\n"', '"\\ud800"', "1.0", "1e3", "2E3", "-0", "[-0]", '{"a":-0}', "[1, -0]", "[1,\n-0]",
     "9007199254740993", "18446744073709551615", '"\u2028"', "[" * 101 + "]" * 101],
)  # fmt: skip
def test_what_may_divide_them_is_known(text):
    assert not read_alike(text.encode())


@pytest.mark.parametrize(
    "text",
    ['{"fingerprint":"fp-0001"}', "-1", "[10, -10]", '"W-001"', "123456789012345", '"a.b"', '"x10 in <b>&"',
     "[" * 100 + "]" * 100, "", "no JSON", '{"a":1,"a":2}'],
)  # fmt: skip
def test_what_is_usual_divides_nobody(text):
    assert read_alike(text.encode())
