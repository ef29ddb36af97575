"""From violations to verdicts: who contradicts itself, and nothing twice."""

import pytest
from msgspec.structs import replace
from tests.harness.making import mask, sides
from tests.harness.stories import asked, lie, minted, true_story

from lakehouse_parity.invariants import blame
from lakehouse_parity.judging import SIDES, judge
from lakehouse_parity.model import Surface, Verdict
from lakehouse_parity.verdict import SENTENCES

MASKS = [mask(path, type_, Surface(surface)) for surface, path, type_ in (
    ("body", "$.validation.elapsed_ms", "count"),
    ("body", "$.trace_id", "text"),
    ("session_row", "$.session_id", "text"),
    ("session_row", "$.duration_ms", "count"),
    ("session_row", "$.timestamp", "text"),
    ("session_row", "$.daemon", "own"),
    ("session_row", "$.attempts[*].span_id", "span-id"),
    ("span", "$[*].id", "span-id"),
)]  # fmt: skip
"""What is masked is where the comparison is blind and only the story itself can tell."""


def seen(rust=(), go=(), story="accepted"):
    """All four sides, with these lies of the runtimes."""
    true = [true_story(story, runtime) for runtime in ("rust", "go")] * 2
    for index, told in enumerate((rust, go)):
        for surface, path, value in told:
            true[index] = lie(true[index], surface, path, value)
    return dict(zip(SIDES, true, strict=True))


def judged(rust=(), go=(), story="accepted", **members):
    return judge(replace(minted(asked(story)), **members), seen(rust, go, story), MASKS)


def told(outcome):
    return [f"{d.surface.value} {d.path} {d.verdict.value} {d.clause}" for d in outcome.differences]


ID = ("session_row", "$.session_id", "another")


def test_true_stories_are_parity():
    assert told(judged()) == []


@pytest.mark.parametrize(
    ("rust", "go", "verdict"),
    [([ID], [], Verdict.RUST_DRIFT), ([], [ID], Verdict.GO_DRIFT), ([ID], [ID], Verdict.BOTH_DRIFT)],
)
def test_what_the_comparison_cannot_see_is_the_drift_of_who_told_it(rust, go, verdict):
    outcome = judged(rust, go)
    assert told(outcome) == [f"session_row $.session_id {verdict.value} SE-7"]
    assert outcome.reason == blame.SENTENCES[verdict]


def test_a_difference_has_what_is_there_and_what_should_be():
    [difference] = judged([ID]).differences
    assert difference.values == {"rust": "another", "go": "the trace", "reference": "the trace"}


def test_what_should_not_be_there_has_no_expected_value():
    more = [("session_row", "$.artifact", {})]
    [difference] = judged(more, more, "failed", alone=True).differences
    assert difference.values == {"rust": {}, "go": {}}
    assert difference.verdict is Verdict.BOTH_DRIFT


def test_what_both_do_against_a_chosen_clause_is_the_references_to_move():
    late = [("session_row", "$.timestamp", "yesterday")]
    assert told(judged(late, late)) == ["session_row $.timestamp reference_drift SE-19"]


def test_two_that_lie_differently_leave_nobody_standing_alone():
    outcome = judged([ID], [("session_row", "$.timestamp", "yesterday")])
    assert outcome.verdict is Verdict.SPLIT
    assert outcome.reason == blame.SENTENCES[Verdict.SPLIT]


@pytest.mark.parametrize(
    "one",
    [
        ("body", "$.iterations", b"9"),
        ("body", "$.history[0].raw", "{}"),
        ("session_row", "$.artifact.fills[0].score", b"7"),
        ("session_row", "$.attempts[2].verdict_kind", "no_json"),
        ("session_row", "$.attempts[2].span_id", "00000000000000ff"),
        ("span", "$[0].output.raw", "cut"),
        ("span", "$[2].metadata.iteration", b"9"),
    ],
)
def test_what_the_comparison_reports_is_not_reported_twice(one):
    outcome = judged([one], clauses=("EX-1",))
    assert outcome.verdict is Verdict.RUST_DRIFT
    assert outcome.reason == SENTENCES[Verdict.RUST_DRIFT]
    own = {"session_row": "SE-6", "span": "SP-1"}
    expected = [own.get(d.surface.value, "EX-1") for d in outcome.differences]
    assert [d.clause for d in outcome.differences] == expected, "the comparison's own word for every place"


def test_what_the_comparison_reports_of_one_does_not_excuse_the_other():
    outcome = judged([("body", "$.iterations", b"9")], [ID])
    assert {d.verdict for d in outcome.differences} == {Verdict.RUST_DRIFT, Verdict.GO_DRIFT}


def test_a_real_model_is_judged_by_the_story_alone():
    true = sides(true_story("accepted"), true_story("failed", "go"), true_story("exhausted"))
    one = replace(asked(), alone=True, expect=())
    outcome = judge(one, true, [])
    assert (outcome.verdict, outcome.reason) == (Verdict.PARITY, blame.SENTENCES[Verdict.PARITY])
    liar = {**true, "rust": lie(true["rust"], "body", "$.iterations", b"1")}
    outcome = judge(one, liar, [])
    assert told(outcome) == ["body $.iterations rust_drift IT-15"]
    assert outcome.reason == "rust contradicts itself, its request or a schema"
