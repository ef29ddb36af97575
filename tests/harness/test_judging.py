"""From observations to an outcome: blame, clauses, expectations, masks, forms."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.harness.making import answer, bodies, call, mask, observed, probe, row, sides, span, with_answer
from tests.harness.trees import leaves, replaced, scalars, trees

from lakehouse_parity.compare import equal
from lakehouse_parity.errors import Mistake
from lakehouse_parity.judging import SIDES, compared, judge
from lakehouse_parity.lossless import write
from lakehouse_parity.masks import Masked
from lakehouse_parity.model import Answer, Observation, Refusal, Surface, Verdict
from lakehouse_parity.paths import render
from lakehouse_parity.verdict import SENTENCES
from lakehouse_spec.clauses import CLAUSES, Authority

SOURCE, CHOSEN, OPEN = "IT-15", "IT-28", "HT-3"
PARTLY_OPEN = "TR-9"
"""Leaves open what becomes of a trace id, and nothing else."""

EVIDENCE = {
    Surface.SESSION_ROW: ("$.a", {"rows": (row(a=1),)}),
    Surface.MODEL_REQUEST: ("$[0].body.a", {"model_requests": (call('{"a":1}'),)}),
    Surface.SPAN: ("$[0].a", {"spans": (span(a=1),)}),
    Surface.USAGE: ("$.a", {"usage": b'{"a":1}'}),
    Surface.EXTRACTION: ("$.a", {"extraction": b'{"a":1}'}),
}
"""Each surface beside the answer: a place that has 1, and the members of an observation in which it is."""


def told(outcome):
    """Each difference as text: surface, path, verdict, clause."""
    return [f"{d.surface.value} {d.path} {d.verdict.value} {d.clause}" for d in outcome.differences]


def test_the_clauses_that_these_tests_name_have_the_authority_that_they_need():
    assert [CLAUSES[clause].authority for clause in (SOURCE, CHOSEN, OPEN)] == list(Authority)
    assert CLAUSES[PARTLY_OPEN].authority is Authority.OPEN
    assert {"body $.trace_id", "session_row $.session_id"} <= set(CLAUSES[PARTLY_OPEN].leaves_open)


def test_where_all_agree_it_is_parity():
    outcome = judge(probe(), sides(observed('{"a":1}')), [])
    assert (outcome.verdict, outcome.differences, outcome.forms) == (Verdict.PARITY, (), ())
    assert outcome.reason == SENTENCES[Verdict.PARITY]


@pytest.mark.parametrize(
    ("texts", "clause", "verdict"),
    [
        (("1", "2", "2"), SOURCE, Verdict.RUST_DRIFT),
        (("2", "1", "2"), SOURCE, Verdict.GO_DRIFT),
        (("1", "1", "2"), SOURCE, Verdict.BOTH_DRIFT),
        (("1", "1", "2"), CHOSEN, Verdict.REFERENCE_DRIFT),
        (("1", "1", "2"), OPEN, Verdict.PARITY),
        (("1", "2", "1"), OPEN, Verdict.SPLIT),
        (("1", "2", "3"), SOURCE, Verdict.SPLIT),
        (("1", "2", "1", "2"), SOURCE, Verdict.DIALECT),
        (("1", "1.0", "10e-1"), SOURCE, Verdict.PARITY),
    ],
)
def test_blame_follows_the_values_and_the_first_clause_of_the_probe(texts, clause, verdict):
    seen = bodies(*(f'{{"a":{text}}}' for text in texts), *((None,) if len(texts) == 3 else ()))
    outcome = judge(probe(clauses=(clause, "IT-9")), seen, [])
    assert outcome.verdict is verdict
    expected = [] if verdict is Verdict.PARITY else [f"body $.a {verdict.value} {clause}"]
    assert told(outcome) == expected


def test_a_difference_names_the_values_that_are_there_and_no_others():
    [found] = judge(probe(), bodies("{}", '{"a":1}', '{"a":1}'), []).differences
    assert dict(found.values) == {"go": b"1", "reference": b"1"}


def test_a_dialect_difference_shows_both_references_and_no_other_does():
    [found] = judge(probe(), bodies("1", "2", "1", "2"), []).differences
    assert list(found.values) == list(SIDES)
    [found] = judge(probe(), bodies("3", "2", "1", "2"), []).differences
    assert list(found.values) == ["rust", "go", "reference"]


def test_what_one_dialect_alone_decides_is_the_runtimes_own():
    outcome = judge(probe(), bodies("1", "1", "1", "2"), [])
    assert (outcome.verdict, told(outcome)) == (Verdict.GO_DRIFT, ["body $ go_drift IT-15"])


def test_two_places_with_different_blame_leave_nobody_standing_alone():
    outcome = judge(probe(), bodies('{"a":1,"b":2}', '{"a":2,"b":1}', '{"a":2,"b":2}'), [])
    assert outcome.verdict is Verdict.SPLIT
    assert told(outcome) == ["body $.a rust_drift IT-15", "body $.b go_drift IT-15"]


@pytest.mark.parametrize("side", SIDES)
def test_what_could_not_be_observed_is_broken_and_never_drift(side):
    seen = {**bodies("1", "2", "3"), side: Observation(failure="no whole answer within 30 s")}
    outcome = judge(probe(), seen, [])
    assert (outcome.verdict, outcome.differences) == (Verdict.BROKEN, ())
    assert outcome.reason == f"{side}: no whole answer within 30 s"


def test_every_side_that_failed_is_named():
    seen = sides(Observation(failure="x"), Observation(failure="y"), observed())
    assert judge(probe(), seen, []).reason == "rust: x; go: y"


def test_every_surface_is_compared():
    complete = observed(
        model_requests=(call(),), rows=(row(),), spans=(span(),), usage=b"null", extraction=b'{"found":false}'
    )
    other = Observation(
        answer=answer("1", 201, (("content-type", "text/html"),)),
        model_requests=(),
        rows=(),
        spans=(),
        usage=b"{}",
        extraction=b'{"found":true}',
    )
    outcome = judge(probe(), sides(other, complete), [])
    assert {found.surface for found in outcome.differences} == set(Surface)
    assert outcome.verdict is Verdict.RUST_DRIFT


def test_a_clause_that_governs_a_place_decides_there_whatever_the_probe_is_for():
    one = with_answer(observed(), headers=(("content-type", "text/html"),))
    outcome = judge(probe(clauses=(SOURCE,)), sides(one, one, observed()), [])
    assert outcome.verdict is Verdict.REFERENCE_DRIFT
    assert told(outcome) == ["header $.content-type reference_drift IT-26"]
    lines = [observed(rows=(row(daemon=tag),)) for tag in ("x", "x", "gateway")]
    assert told(judge(probe(clauses=(CHOSEN,)), sides(*lines), [])) == [
        "session_row $.daemon both_drift SE-3"
    ]


@pytest.mark.parametrize(("surface", "clause"), [(Surface.USAGE, "US-2"), (Surface.EXTRACTION, SOURCE)])
def test_a_runtime_that_gives_nothing_where_the_reference_does_has_drifted(surface, clause):
    giving, silent = observed(**EVIDENCE[surface][1]), observed()
    for liar, seen in (("rust", sides(silent, giving)), ("go", sides(giving, silent, giving))):
        outcome = judge(probe(), seen, [])
        assert told(outcome) == [f"{surface.value} $ {liar}_drift {clause}"]
        assert set(outcome.differences[0].values) == {"rust", "go", "reference"} - {liar}


@pytest.mark.parametrize("members", [found for _, found in EVIDENCE.values()])
@pytest.mark.parametrize("side", SIDES)
def test_what_one_side_alone_shows_was_looked_at_and_nothing_else_was(side, members):
    seen = {**sides(observed()), side: observed(**members)}
    looked_at = {surface for surface, (_, found) in EVIDENCE.items() if found is members}
    assert judge(probe(), seen, []).unwired == set(EVIDENCE) - looked_at


@pytest.mark.parametrize("name", ["rows", "model_requests", "spans"])
def test_where_nothing_came_it_was_looked_at_all_the_same(name):
    outcome = judge(probe(), sides(observed(**{name: ()})), [])
    [looked_at] = [surface for surface, (_, found) in EVIDENCE.items() if name in found]
    assert outcome.unwired == set(EVIDENCE) - {looked_at}


@pytest.mark.parametrize("in_time", [True, False])
def test_langfuse_was_looked_at_where_only_its_delay_is_told(in_time):
    outcome = judge(probe(), sides(observed(in_time=in_time)), [])
    assert outcome.unwired == set(EVIDENCE) - {Surface.SPAN}


@pytest.mark.parametrize(
    ("clauses", "decides", "verdict"),
    [
        ((SOURCE,), "US-2", Verdict.REFERENCE_DRIFT),
        ((SOURCE, "US-3"), "US-3", Verdict.REFERENCE_DRIFT),
        ((OPEN,), "US-2", Verdict.REFERENCE_DRIFT),
    ],
)
def test_evidence_that_every_call_leaves_is_decided_by_its_own_chapter(clauses, decides, verdict):
    one, other = observed(usage=b'{"requests":2}'), observed(usage=b'{"requests":1}')
    outcome = judge(probe(clauses=clauses), sides(one, one, other), [])
    assert outcome.verdict is verdict
    assert [difference.clause for difference in outcome.differences] in ([], [decides])


def test_what_is_open_is_open_in_the_evidence_too_where_the_answers_show_that_it_was_done_otherwise():
    taken = replace(observed(usage=b'{"requests":2}'), answer=Answer(200, (), b""))
    refused = replace(observed(usage=b"null"), answer=Answer(415, (), b""))
    assert judge(probe(clauses=(OPEN,)), sides(taken, taken, refused), []).verdict is Verdict.PARITY
    assert judge(probe(clauses=(OPEN,)), sides(taken, refused, refused), []).verdict is Verdict.SPLIT


@pytest.mark.parametrize("lonely", ["rust", "go"])
def test_a_runtime_without_an_adapter_is_not_held_against_the_other_ones(lonely):
    reference = "reference" if lonely == "rust" else "reference_go"
    found = observed(extraction=b'{"found":true}')
    seen = {side: found if side in (lonely, reference) else observed() for side in SIDES}
    assert judge(probe(), seen, []).verdict is Verdict.PARITY
    seen[lonely] = observed(extraction=b'{"found":false}')
    outcome = judge(probe(), seen, [])
    assert told(outcome) == [f"extraction $.found {lonely}_drift IT-15"]
    [difference] = outcome.differences
    assert difference.values[lonely] is False
    assert set(difference.values) == {lonely, "reference"}
    seen[lonely] = observed()
    assert told(judge(probe(), seen, [])) == [f"extraction $ {lonely}_drift IT-15"]


def test_the_references_word_on_a_refusal_is_for_the_runtime_of_its_dialect():
    refused = replace(observed("no", refusal=Refusal.CODE_FREE), answer=answer("no", 400))
    accepted = observed("{}")
    outcome = judge(probe(), sides(refused, accepted, refused, accepted), [])
    assert told(outcome) == [f"{surface} $ dialect IT-15" for surface in ("status", "header", "body")]


def test_what_a_refusal_frees_is_free_for_the_runtime_of_its_dialect_alone():
    refused = replace(observed("no", refusal=Refusal.CODE_FREE), answer=answer("no", 400))
    otherwise, accepted = replace(observed(), answer=answer("never", 422)), observed("{}")
    assert judge(probe(), sides(otherwise, otherwise, refused), []).verdict is Verdict.PARITY
    for free, bound, references in (("rust", "go", (refused, accepted)), ("go", "rust", (accepted, refused))):
        outcome = judge(probe(), sides(otherwise, otherwise, *references), [])
        assert outcome.verdict is Verdict(f"{bound}_drift"), f"{free} may refuse with any code"


def test_an_expectation_takes_the_references_place():
    expecting = probe(expect=((Surface.BODY, "$.a", b"2"),))
    outcome = judge(expecting, bodies('{"a":1}', '{"a":1}', '{"a":1}'), [])
    assert told(outcome) == ["body $.a both_drift IT-15"]
    assert judge(expecting, bodies('{"a":2}', '{"a":2}', '{"a":1}'), []).verdict is Verdict.PARITY
    assert judge(expecting, bodies('{"a":1}', '{"a":2}', '{"a":1}'), []).verdict is Verdict.RUST_DRIFT


def test_an_expectation_is_the_same_however_often_the_probe_is_judged():
    value = {"elapsed_ms": b"7", "x": b"1"}
    expecting = probe(expect=((Surface.BODY, "$", value),))
    for _ in range(2):
        outcome = judge(expecting, bodies(*['{"elapsed_ms":9,"x":1}'] * 3), [mask("$.elapsed_ms", "count")])
        assert outcome.verdict is Verdict.PARITY
    assert value == {"elapsed_ms": b"7", "x": b"1"}


def test_what_has_to_be_absent_is_wrong_where_it_stands_even_if_the_reference_has_it():
    without = probe(absent=((Surface.BODY, "$.a"),))
    assert judge(without, bodies("{}", "{}", "{}"), []).verdict is Verdict.PARITY
    assert judge(without, bodies("{}", "{}", '{"a":1}'), []).verdict is Verdict.PARITY
    assert told(judge(without, bodies("{}", '{"a":null}', "{}"), [])) == ["body $.a go_drift IT-15"]
    assert told(judge(without, bodies(*['{"a":1}'] * 3), [])) == ["body $.a both_drift IT-15"]


@pytest.mark.parametrize(
    "body", ['{"a": 1}', '{"a":1.0}', '{"a":1}\n', '{"\\u0061":1}', '{"a":1,"a":1}', '[{"a":1}]']
)
def test_an_exact_probe_compares_the_bytes_of_a_body_where_others_compare_json_by_value(body):
    seen = bodies(body, '{"a":1}', '{"a":1}')
    outcome = judge(probe(exact=True), seen, [])
    assert told(outcome) == ["body $ rust_drift IT-15"]
    assert outcome.differences[0].values == {"rust": body, "go": '{"a":1}', "reference": '{"a":1}'}
    by_value = judge(probe(), seen, []).verdict
    assert (by_value is Verdict.PARITY) == (body in ('{"a": 1}', '{"a":1.0}', '{"a":1}\n', '{"\\u0061":1}'))


@pytest.mark.parametrize("surface", EVIDENCE)
def test_what_is_expected_of_a_surface_that_is_wired_takes_the_references_place(surface):
    path, members = EVIDENCE[surface]
    expecting = probe(expect=((surface, path, b"2"),))
    [found] = judge(expecting, sides(observed(**members)), []).differences
    assert (found.surface, found.path) == (surface, path)
    assert found.values == {"rust": b"1", "go": b"1", "reference": b"2"}


def test_what_is_expected_of_a_surface_that_is_not_wired_goes_unseen():
    for surface in (Surface.SESSION_ROW, Surface.SPAN, Surface.MODEL_REQUEST, Surface.EXTRACTION):
        for path in ("$", "$[0].a"):
            expecting = probe(expect=((surface, path, b"1"),))
            assert judge(expecting, sides(observed()), []).verdict is Verdict.PARITY


def test_an_expectation_without_a_place_is_a_mistake_of_the_probe_file():
    expecting = probe(expect=((Surface.BODY, "$.history[0].raw", "x"),))
    with pytest.raises(Mistake, match=r"probes/iterate/one.yaml:3: iterate/one expects something at body"):
        judge(expecting, bodies("{}", "{}", "{}"), [])


def test_masks_of_the_probe_and_of_all_probes_apply_and_are_counted():
    masked = probe(masks=(mask("$.t", "id"),))
    outcome = judge(
        masked, bodies('{"n":1,"t":"a"}', '{"n":2,"t":"b"}', '{"n":3,"t":"c"}'), [mask("$.n", "count")]
    )
    assert outcome.verdict is Verdict.PARITY
    assert dict(outcome.masked) == {"body $.n": 4, "body $.t": 4}


def test_what_is_compared_is_what_each_side_showed_as_expected_and_masked():
    asked = probe(expect=((Surface.BODY, "$.a", b"2"),), masks=(mask("$.t", "id"),))
    text = '{"a":1,"n":3,"t":"x"}'
    found = compared(asked, bodies(text, text, text), [mask("$.n", "count")])
    masked = {"n": Masked("count"), "t": Masked("id")}
    right = [{"a": a, **masked} for a in (b"1", b"1", b"2", b"2")]
    assert [documents[Surface.BODY] for documents in found] == right


def test_a_value_of_the_wrong_type_under_a_mask_is_the_drift_of_who_wrote_it():
    outcome = judge(probe(), bodies('{"n":-1}', '{"n":2}', '{"n":3}'), [mask("$.n", "count")])
    [found] = outcome.differences
    assert (found.verdict, dict(found.values)) == (
        Verdict.RUST_DRIFT,
        {"rust": b"-1", "go": Masked("count"), "reference": Masked("count")},
    )


def test_differences_of_form_are_listed_and_not_judged():
    outcome = judge(probe(), bodies('{"a":1,"b":[2.0]}', '{"a":1.0,"b":[2]}', '{"a":1,"b":[2]}'), [])
    assert outcome.verdict is Verdict.PARITY
    assert outcome.forms == ("body $.a", "body $.b[0]")


def test_an_open_clause_lets_both_runtimes_do_the_same_whatever_the_reference_does():
    outcome = judge(probe(clauses=(OPEN,)), bodies('{"a":1}', '{"a":1}', '{"a":2}'), [])
    assert (outcome.verdict, outcome.differences) == (Verdict.PARITY, ())


def test_an_open_clause_that_says_what_it_leaves_open_decides_nothing_else():
    asked = probe(clauses=(PARTLY_OPEN, SOURCE))
    one, other = (
        observed(f'{{"trace_id":"{text}","x":"{text}"}}', rows=(row(session_id=text, trace_id=text),))
        for text in ("one", "other")
    )
    assert told(judge(asked, sides(one, one, other), [])) == [
        "body $.x both_drift IT-15",
        "session_row $.trace_id both_drift SE-6",
    ]
    assert told(judge(asked, sides(one, other), [])) == [
        f"body $.trace_id split {PARTLY_OPEN}",
        "body $.x rust_drift IT-15",
        f"session_row $.session_id split {PARTLY_OPEN}",
        "session_row $.trace_id rust_drift SE-6",
    ]


@given(trees)
def test_three_equal_answers_are_parity(tree):
    text = write(tree)
    assert judge(probe(), bodies(text, text, text), []).verdict is Verdict.PARITY


@given(trees, scalars, st.sampled_from(["rust", "go"]), st.data())
def test_one_changed_leaf_is_blamed_on_who_changed_it_at_its_place(tree, value, liar, data):
    path, old = data.draw(st.sampled_from(sorted(leaves(tree), key=repr)))
    assume(not equal(old, value))
    seen = bodies(*[write(tree)] * 3)
    seen[liar] = observed(write(replaced(tree, path, value)))
    outcome = judge(probe(), seen, [])
    assert outcome.verdict is Verdict(f"{liar}_drift")
    assert told(outcome) == [f"body {render(path)} {liar}_drift IT-15"]
