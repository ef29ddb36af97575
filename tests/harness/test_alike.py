"""What is remembered of answers at parity never makes a difference to what a probe comes to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.harness.making import mask, observed, probe, sides

from lakehouse_parity import alike
from lakehouse_parity.alike import Judge
from lakehouse_parity.judging import SIDES, judge
from lakehouse_parity.model import Answer, Observation, Refusal, Request, Surface, Verdict

MASKS = (mask("$.elapsed_ms", "count"),)
JSON = (("content-type", "application/json"),)
TEXT = (("content-type", "text/plain"),)
BODIES = [b'{"findings":[],"elapsed_ms":0}', b'{"elapsed_ms":7,"findings":[]}', b'{"elapsed_ms":-1}', b"no"]

answers = st.builds(
    Answer, st.sampled_from([200, 422]), st.sampled_from([JSON, JSON, TEXT, ()]), st.sampled_from(BODIES)
)
refusals = st.sampled_from([None, None, None, Refusal.BODY_FREE, Refusal.CODE_FREE])
observations = st.builds(Observation, answers, refusal=refusals)
seens = st.fixed_dictionaries(dict.fromkeys(SIDES, observations))
requests = st.builds(
    Request, st.sampled_from(["POST", "HEAD"]), st.sampled_from(["/v1/validate", "/v1/validate?x", "/health"])
)
probes = st.builds(
    lambda request, clause, exact, needs: probe(
        "validate/one", (clause,), request=request, exact=exact, needs=needs
    ),
    requests,
    st.sampled_from(["VA-4", "VA-5", "HT-3"]),
    st.booleans(),
    st.sampled_from([frozenset(), frozenset({"ollama"})]),
)


@given(st.lists(st.tuples(probes, seens), max_size=12))
def test_it_says_of_each_probe_what_judging_it_alone_says(cases):
    remembering = Judge(MASKS)
    for one, seen in [*cases, *cases]:
        assert remembering(one, seen) == judge(one, seen, MASKS)


@given(probes, observations)
def test_it_says_so_of_four_that_are_alike(one, observation):
    remembering = Judge(MASKS)
    for _ in range(2):
        assert remembering(one, sides(observation)) == judge(one, sides(observation), MASKS)


@pytest.fixture
def asked(monkeypatch):
    """The probes that were judged anew."""
    found = []

    def noted(one, seen, masks):
        found.append(one.id)
        return judge(one, seen, masks)

    monkeypatch.setattr(alike, "judge", noted)
    return found


def validated(number=0, **members):
    request = Request("POST", "/v1/validate", (), b"%d" % number)
    return probe(f"validate/{number}", ("VA-4",), request=request, **members)


ALIKE = sides(observed(BODIES[0].decode()), observed(BODIES[1].decode()))


def test_the_same_answers_are_judged_once_whatever_was_asked(asked):
    remembering = Judge(MASKS)
    outcomes = [remembering(validated(number), ALIKE) for number in range(5)]
    assert asked == ["validate/0"]
    assert [outcome.probe.id for outcome in outcomes] == [f"validate/{number}" for number in range(5)]
    assert {outcome.verdict for outcome in outcomes} == {Verdict.PARITY}
    assert all(outcome.masked == outcomes[0].masked != {} for outcome in outcomes)


@pytest.mark.parametrize(
    "members",
    [
        {"model": "m"},
        {"alone": True},
        {"expect": ((Surface.BODY, "$.findings", []),)},
        {"absent": ((Surface.BODY, "$.other"),)},
        {"masks": (mask("$.findings", "text"),)},
    ],
)
def test_a_probe_of_which_more_matters_is_always_judged(asked, members):
    remembering = Judge(MASKS)
    for number in range(2):
        remembering(validated(number, **members), ALIKE)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "beside", [{"rows": ()}, {"spans": ()}, {"usage": b"null"}, {"in_time": True}, {"failure": "lost"}]
)
def test_where_more_was_seen_it_is_always_judged(asked, beside):
    remembering = Judge(MASKS)
    seen = {side: replace(observation, **beside) for side, observation in ALIKE.items()}
    for number in range(2):
        remembering(validated(number), seen)
    assert len(asked) == 2


def test_what_differs_is_never_remembered(asked):
    remembering = Judge(MASKS)
    drifted = sides(observed('{"findings":[1],"elapsed_ms":0}'), observed(BODIES[0].decode()))
    verdicts = [remembering(validated(number), drifted).verdict for number in range(3)]
    assert (len(asked), set(verdicts)) == (3, {Verdict.RUST_DRIFT})


def test_it_forgets_what_is_too_much(asked, monkeypatch):
    monkeypatch.setattr(alike, "MOST", 2)
    remembering = Judge(MASKS)
    for _ in range(2):
        for elapsed in range(3):
            remembering(validated(), sides(observed(f'{{"findings":[],"elapsed_ms":{elapsed}}}')))
    assert 3 < len(asked) <= 6
    assert len(remembering._at_parity) <= 2
