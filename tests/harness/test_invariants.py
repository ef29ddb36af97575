"""What holds within one runtime: true stories have no violation, and every lie is caught and named."""

import pytest
from msgspec.structs import replace
from tests.harness.lies import LIES
from tests.harness.making import probe, tree
from tests.harness.observing import every_probe, observed, references, without
from tests.harness.stories import BAD, GONE, LONG, SCRIPTS, TRACE, asked, found, lie, minted, true_story

from lakehouse_parity import lossless
from lakehouse_parity.model import RUNTIMES, Refusal, Request
from lakehouse_spec.iterate import NO_JSON_FEEDBACK

TEXT = "/v1/chat hop failed at iter {}: chat 500 Internal Server Error: boom"


def name_of(one):
    story, surface, path, value, _ = one
    return f"{story} {surface} {path} {'gone' if value is GONE else str(value)[:20]}"


@pytest.mark.parametrize("one", LIES, ids=name_of)
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_one_lie_is_caught_and_named_once(one, runtime):
    story, surface, path, value, named = one
    assert found(asked(story), lie(true_story(story, runtime), surface, path, value)) == [named]


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("story", SCRIPTS)
def test_the_true_story_has_no_violation(story, runtime):
    assert found(asked(story), true_story(story, runtime)) == []


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_no_probe_lets_the_reference_contradict_itself(runtime):
    told = {one.id: found(one, observed(one.id, runtime)) for one in every_probe().values()}
    assert {probe_id: lies for probe_id, lies in told.items() if lies} == {}


MEMBERS = ("session_id", "timestamp", "daemon", "kind", "model", "provider", "prompt", "iterations",
           "schema", "max_iterations", "final_verdict", "attempts", "duration_ms")  # fmt: skip


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("nothing", [GONE, None])
def test_a_row_without_a_member_is_named_once_whether_it_is_absent_or_null(member, nothing):
    told = found(asked(), lie(true_story("accepted"), "session_row", f"$.{member}", nothing))
    assert told == [f"session_row $.{member} SE-6"]


def test_an_answer_that_tells_of_other_attempts_contradicts_all_that_is_left_of_them():
    for iteration in (1, 7):
        told = found(asked("failed"), lie(true_story("failed"), "body", "$", TEXT.format(iteration)))
        assert "session_row $.attempts[0].error SE-14" in told
        assert "span $[2] SP-5" in told or "span $[3] SP-5" in told
    shorter = found(asked(), lie(true_story("accepted"), "body", "$.history[2]", GONE))
    assert {"body $.iterations IT-15", "session_row $.attempts[2] SE-15"} <= set(shorter)


def test_more_attempts_than_the_maximum_are_too_many():
    more = {"iteration": b"3", "raw": "", "status": {"kind": "no_json"}}
    told = found(asked(), lie(true_story("accepted"), "body", "$.history[3]", more))
    assert "body $.history[3] IT-4" in told


def test_feedback_that_accumulates_is_named():
    story = true_story("accepted")
    right = tree(story.spans[2].decode())["input"]["prompt"]
    wrong = right.replace("P" * 4001, "P" * 4001 + NO_JSON_FEEDBACK)
    assert found(asked(), lie(story, "span", "$[2].input.prompt", wrong)) == ["span $[2].input.prompt IT-14"]
    place = "$[2].body.messages[0].content"
    assert found(asked(), lie(story, "model_request", place, wrong)) == [f"model_request {place} IT-14"]


def test_more_than_one_row_is_named_and_none_at_all_too():
    story = true_story("accepted")
    assert found(asked(), replace(story, rows=story.rows * 2)) == ["session_row $ SE-1"]
    assert found(asked(), replace(story, rows=())) == ["session_row $ SE-1"]


def test_numbers_may_be_written_anew():
    story = lie(true_story("accepted"), "session_row", "$.artifact.fills[0].score", b"10e-1")
    story = lie(story, "session_row", "$.iterations", b"3.0")
    assert found(asked(), story) == []


def test_null_is_absent_in_a_row_and_not_in_a_span_or_an_answer():
    story = true_story("exhausted")
    assert found(asked("exhausted"), lie(story, "session_row", "$.artifact", None)) == []
    assert found(asked("exhausted"), lie(story, "session_row", "$.attempts[1].error", None)) == []
    told = found(asked("exhausted"), lie(story, "span", "$[1].metadata.error", None))
    assert told == ["span $[1].metadata.error SP-6"]


@pytest.mark.parametrize("surface", ["model_requests", "rows", "spans"])
def test_a_surface_that_is_not_looked_at_is_not_used(surface):
    for story in SCRIPTS:
        assert found(asked(story), without(true_story(story), surface)) == []
    only_answer = without(true_story("accepted"), "model_requests", "rows", "spans")
    assert found(asked(), lie(only_answer, "body", "$.iterations", b"1")) == ["body $.iterations IT-15"]


def test_where_no_id_was_sent_the_answers_own_joins_the_rest():
    one = minted(asked())
    story = true_story("accepted")
    assert found(one, story) == []
    assert found(one, lie(story, "session_row", "$.session_id", "another")) == [
        "session_row $.session_id SE-7"
    ]
    assert found(one, lie(story, "span", "$[1].traceId", "another")) == ["span $[1].traceId TR-8"]
    absent = lie(story, "body", "$.trace_id", GONE)
    assert found(one, absent) == ["body $.trace_id TR-5"]


@pytest.mark.parametrize("sent", [b"", b"caf\xe9", b"  "])
def test_an_id_that_does_not_qualify_joins_nothing(sent):
    request = minted(asked()).request
    one = replace(asked(), request=replace(request, headers=(*request.headers, (TRACE[0], sent))))
    assert found(one, true_story("accepted")) == []


@pytest.mark.parametrize(("more", "held"), [(0.0, 0), (0.009, 0), (0.02, 1), (60.0, 1)])
def test_a_call_takes_no_less_than_the_model(more, held):
    seen = without(true_story("accepted"), "spans")
    *first, last = seen.model_requests
    lasted = int(lossless.parse(seen.rows[0])["duration_ms"]) / 1000
    late = replace(last, answered=first[0].received + lasted + more)
    told = found(asked(), replace(seen, model_requests=(*first, late)))
    assert told == ["session_row $.duration_ms SE-20"] * held


def test_where_the_models_times_are_not_known_nothing_is_held_against_them():
    seen = without(true_story("accepted"), "spans")
    first, *rest = seen.model_requests
    untimed = (replace(first, received=0.0, answered=0.0), *rest)
    late = lie(
        replace(seen, model_requests=untimed), "session_row", "$.timestamp", "2099-01-01T00:00:00.000Z"
    )
    assert found(asked(), late) == []


def test_a_call_came_before_the_model_was_asked():
    seen = without(true_story("accepted"), "spans")
    early = tuple(
        replace(call, received=call.received - 1.0, answered=call.answered - 1.0)
        for call in seen.model_requests
    )
    told = found(asked(), replace(seen, model_requests=early))
    assert told == ["session_row $.timestamp SE-19"]


@pytest.mark.parametrize(
    ("value", "borrowed"),
    [
        (b"0000000000000001", True),
        (b"00-0000000000000001-01", True),
        (b"Root=1;0000000000000001", True),
        (b"x0000000000000001", False),
        (b"another", False),
    ],
)
def test_a_minted_id_is_no_other_headers(value, borrowed):
    one = minted(asked())
    one = replace(one, request=replace(one.request, headers=(*one.request.headers, (b"X-Other", value))))
    seen = references()["rust"].observe(one)
    assert lossless.parse(seen.answer.body)["trace_id"] == "0000000000000001"
    assert found(one, seen) == ["body $.trace_id TR-3"] * borrowed


def test_a_refused_request_tells_no_story():
    refused = replace(true_story("accepted"), refusal=Refusal.CODE_FREE, rows=(), spans=(), model_requests=())
    assert found(asked(), refused) == []


def test_an_iterate_call_without_a_model_and_a_script_is_not_looked_at():
    silent = replace(asked(), model="", script=())
    assert found(silent, lie(true_story("accepted"), "body", "$.iterations", b"9")) == []


def test_the_shape_of_every_other_answer_is_looked_at():
    one = probe(request=Request("POST", "/v1/validate", (), b"{}"))
    answer = replace(true_story("accepted").answer, body=b'{"findings":[]}')
    told = found(
        one, without(replace(true_story("accepted"), answer=answer), "rows", "spans", "model_requests")
    )
    assert told == ["body $.elapsed_ms VA-4"]


def test_an_artifact_too_deep_or_too_large_for_a_schema_is_no_violation():
    story = true_story("accepted")
    for value in ("[" * 2000 + "]" * 2000, "1e999", "9" * 5000, '"\\ud800"'):
        artifact = {"fills": [], "odd": tree(value)}
        one = lie(lie(story, "body", "$.artifact", artifact), "session_row", "$.artifact", artifact)
        assert found(asked(), one) == []


def test_a_prompt_that_only_one_dialect_reads_is_held_against_what_it_reads():
    request = asked().request
    for odd in (b"\xff", b"\\ud800"):
        body = request.body.replace(b"P" * 4001, odd)
        one = replace(asked(), request=replace(request, body=body))
        story = true_story("accepted", "go")
        seen = [lie(story, "session_row", "$.prompt", "\ufffd")]
        for index, feedback in enumerate(("", NO_JSON_FEEDBACK)):
            seen.append(lie(seen[-1], "span", f"$[{index}].input.prompt", "\ufffd" + feedback))
        told = found(one, without(seen[-1], "model_requests"))
        assert told == ["span $[2].input.prompt IT-13"]


def test_the_scripts_say_what_these_tests_need():
    assert BAD in {step.content for step in SCRIPTS["exhausted"]}
    assert len(LONG) > 2000
