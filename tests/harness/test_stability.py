"""What does not hold when it is asked again is unstable, and is never called a drift."""

import asyncio
import random

import pytest
from msgspec.structs import replace
from tests.harness.making import bodies, mask, observed, probe, sides

from lakehouse_parity import confirming
from lakehouse_parity.confirming import AGAIN, ORDERS, SAMPLE, confirm
from lakehouse_parity.events import Judged
from lakehouse_parity.judging import judge
from lakehouse_parity.model import Difference, Observation, Outcome, Surface, Verdict
from lakehouse_parity.stability import AT_ONCE, Asked, settle

RIGHT, WRONG, OTHER = '{"a":"right"}', '{"a":"wrong"}', '{"a":"other"}'
RUST_FIRST, GO_FIRST = ORDERS


def judged(rust, go=RIGHT, id_="iterate/one", masks=(), **members):
    seen = bodies(rust, go, RIGHT) if isinstance(rust, str) else rust
    return Judged(judge(probe(id_, **members), seen, masks), seen)


def asked_again(answer, ids=("iterate/one",), masks=(), again=AGAIN):
    """What probes come to for which `answer(id, number, order)` gives both bodies, and what was asked."""
    asked = []

    async def ask(wanted, number, order):
        for id_ in wanted:
            asked.append((id_, number, order))
            yield judged(*answer(id_, number, order), id_=id_, masks=masks)

    first = [judged(*answer(id_, None, AT_ONCE), id_=id_, masks=masks) for id_ in ids]
    return asyncio.run(confirm(first, ask, masks, again)), asked


def outcome_of(answer, **how):
    [found], _ = asked_again(answer, **how)
    return found.outcome


def test_what_holds_is_what_it_was_and_says_how_often_it_was_asked():
    found = outcome_of(lambda *_: (WRONG, RIGHT))
    assert found.verdict is Verdict.RUST_DRIFT
    assert found.reason == "rust stands alone: go and the reference agree"
    assert (found.stability.asked, found.stability.flip_rate) == (1 + AGAIN, {"rust": 0, "go": 0})
    assert found.stability.flips == ()


@pytest.mark.parametrize(
    "ids",
    [
        ("vd-a2cdefghijklmnopqrstuvwxyz", "vd-abcdefghijklmnopqrstuvwxyz"),
        ("0b2e0f4c-12ab-4c1d-9a0b-0123456789ab", "deadbeef-face-4bad-beef-fadedfacade5"),
        ("V1StGXR8_Z5jdHi6B-myT", "abcdefgh_ijklmnop-qrs", "x-1_2"),
    ],
)
def test_a_fresh_id_each_time_is_one_answer_also_where_chance_gives_it_no_digit(ids):
    found = outcome_of(lambda _id, number, _order: (f'{{"a":"{ids[(number or 0) % len(ids)]}"}}', RIGHT))
    assert (found.verdict, found.stability.flip_rate["rust"]) == (Verdict.RUST_DRIFT, 0)


@pytest.mark.parametrize("words", [("refused", "accepted"), ("max_iter", "bad_input"), ("a-b", "a-c")])
def test_other_words_are_another_answer(words):
    found = outcome_of(lambda _id, number, _order: (f'{{"a":"{words[(number or 0) % 2]}"}}', RIGHT))
    assert found.verdict is Verdict.UNSTABLE


def test_it_is_asked_in_both_orders_as_often_as_in_the_other():
    _, asked = asked_again(lambda *_: (WRONG, RIGHT))
    assert [order for _, _, order in asked] == [RUST_FIRST, GO_FIRST] * (AGAIN // 2)
    assert [number for _, number, _ in asked] == list(range(AGAIN))


def by_the_clock(*spans, clock="begins in time"):
    """An outcome in which the clock alone tells of these spans of Rust's."""
    told = [
        Difference(Surface.SPAN, f'$[{span}].holds["{clock}"]', {"rust": False}, Verdict.RUST_DRIFT, "SP-7")
        for span in spans
    ]
    outcome = Outcome(probe(), Verdict.RUST_DRIFT if told else Verdict.PARITY, "", differences=tuple(told))
    return Judged(outcome, bodies(RIGHT, RIGHT, RIGHT))


def settled(*judged):
    return settle([Asked(AT_ONCE, each) for each in judged], ()).outcome


def test_a_clock_that_is_wrong_once_on_a_busy_machine_is_no_drift():
    found = settled(by_the_clock(0), by_the_clock(), by_the_clock())
    assert found.verdict is Verdict.UNSTABLE
    assert {difference.verdict for difference in found.differences} == {Verdict.UNSTABLE}
    assert found.stability.flip_rate == {"rust": round(1 / 3, 4), "go": 0}


def test_a_clock_that_is_always_wrong_is_a_drift_whichever_span_and_clock_tell():
    found = settled(by_the_clock(0), by_the_clock(0, 1), by_the_clock(1, clock="ends in time"))
    assert (found.verdict, found.stability.flip_rate) == (Verdict.RUST_DRIFT, {"rust": 0, "go": 0})


def test_a_clock_that_slips_beside_a_drift_of_the_other_runtime_takes_no_part_in_it():
    drift, [slip] = judged(RIGHT, WRONG), by_the_clock(0).outcome.differences
    both = replace(drift.outcome, verdict=Verdict.SPLIT, differences=(slip, *drift.outcome.differences))
    found = settled(replace(drift, outcome=both), drift, replace(drift, outcome=both))
    assert (found.verdict, found.differences) == (Verdict.GO_DRIFT, drift.outcome.differences)


def test_where_nothing_is_doubtful_nothing_is_asked():
    assert asked_again(lambda *_: (RIGHT, RIGHT), ids=()) == ([], [])


def test_every_second_answer_is_a_flip_of_the_runtime_that_gave_it():
    found = outcome_of(lambda _id, number, _order: (WRONG if (number or 0) % 2 == 0 else RIGHT, RIGHT))
    assert found.verdict is Verdict.UNSTABLE
    assert found.stability.flip_rate == {"rust": round(5 / 11, 4), "go": 0}
    assert found.stability.flips == (("rust", "body", "$.a"),)
    assert found.reason.startswith(
        "rust does not hold to its own answer: 5 of 11 were otherwise (flip rate 0.45) at body $.a"
    )


def test_a_runtime_that_is_wrong_only_before_it_is_warm_is_unstable():
    found = outcome_of(lambda _id, number, _order: (RIGHT, WRONG if number is None else RIGHT))
    assert found.verdict is Verdict.UNSTABLE
    assert found.stability.flip_rate == {"rust": 0, "go": round(1 / 11, 4)}
    assert found.reason.endswith("at body $.a; only its first answer was otherwise")


@pytest.mark.parametrize("wrong", ORDERS)
def test_an_answer_that_goes_by_who_was_asked_first_is_unstable_and_says_so(wrong):
    found = outcome_of(lambda _id, _number, order: (RIGHT, RIGHT if order not in (AT_ONCE, wrong) else WRONG))
    assert found.verdict is Verdict.UNSTABLE
    assert found.stability.flip_rate == {"rust": 0, "go": round(5 / 11, 4)}
    assert found.reason.endswith("; it goes by which runtime was asked first")


def test_a_runtime_that_is_wrong_in_several_ways_is_unstable_though_it_is_never_right():
    found = outcome_of(lambda _id, number, _order: (WRONG if number != 3 else OTHER, RIGHT))
    assert found.verdict is Verdict.UNSTABLE
    assert found.stability.flip_rate["rust"] == round(1 / 11, 4)


@pytest.mark.parametrize(
    "value",
    ['"id-{:04x}0"', '"2026-01-01T00:00:{:02d}Z"', '"took {} ms"', '{{"at":"{:02d}:00"}}'],
)
def test_a_wrong_value_that_varies_by_its_nature_is_a_drift_all_the_same(value):
    found = outcome_of(lambda _id, number, _order: ('{"a":' + value.format(number or 0) + "}", RIGHT))
    assert found.verdict is Verdict.RUST_DRIFT
    assert found.stability.flip_rate == {"rust": 0, "go": 0}


def test_a_number_that_varies_where_a_mask_stands_is_a_drift_for_its_type_alone():
    answers = (f'{{"a":"right","n":{number}.5}}' for number in range(100))
    right = '{"a":"right","n":1}'
    found = outcome_of(lambda *_: (bodies(next(answers), right, right),), masks=[mask("$.n", "count")])
    assert found.verdict is Verdict.RUST_DRIFT


def test_a_long_text_without_a_digit_is_told_from_another_in_a_time_linear_in_it():
    long = '{"a":"' + "wrong" * 100_000 + '"}'
    assert outcome_of(lambda *_: (long, RIGHT), again=2).verdict is Verdict.RUST_DRIFT
    found = outcome_of(lambda _id, number, _order: (long if number else long[:-3] + '"}', RIGHT), again=2)
    assert found.verdict is Verdict.UNSTABLE


def test_a_number_that_varies_is_a_flip():
    found = outcome_of(lambda _id, number, _order: (f'{{"a":{number or 0}}}', RIGHT))
    assert found.stability.flip_rate["rust"] == round(9 / 11, 4)


def test_both_runtimes_are_named_where_both_flip():
    found = outcome_of(lambda _id, number, _order: (WRONG, RIGHT) if number in (None, 1) else (RIGHT, WRONG))
    assert found.verdict is Verdict.UNSTABLE
    assert found.stability.flip_rate == {"rust": round(2 / 11, 4), "go": round(2 / 11, 4)}
    assert "rust does not hold" in found.reason
    assert "go does not hold" in found.reason


def test_what_drifts_steadily_beside_what_flips_keeps_its_own_verdict_and_no_flip_is_called_a_drift():
    steady = '{{"a":"{}","b":2}}'
    found = outcome_of(
        lambda _id, number, _order: (
            steady.format("wrong" if (number or 0) % 2 else "right"),
            '{"a":"right"}',
        )
    )
    assert found.verdict is Verdict.UNSTABLE
    verdicts = {difference.path: difference.verdict for difference in found.differences}
    assert verdicts == {"$.a": Verdict.UNSTABLE, "$.b": Verdict.RUST_DRIFT}


def test_a_trace_id_of_each_time_is_no_flip():
    def answer(number, trace):
        seen = bodies(f'{{"a":"see {trace}"}}', RIGHT, RIGHT)
        return Judged(judge(probe(trace=trace), seen, ()), seen)

    async def ask(_ids, number, _order):
        yield answer(number, f"parity-word.{number}-iterate/one")

    [found] = asyncio.run(confirm([answer(None, "parity-word-iterate/one")], ask, ()))
    assert found.outcome.verdict is Verdict.RUST_DRIFT


def test_what_is_masked_is_no_flip():
    answers = (f'{{"a":"wrong","n":{number}}}' for number in range(100))
    masks = [mask("$.n", "count")]
    right = '{"a":"right","n":1}'
    found = outcome_of(lambda *_: (bodies(next(answers), right, right),), masks=masks)
    assert found.verdict is Verdict.RUST_DRIFT


def test_what_cannot_be_seen_again_is_broken_and_not_asked_on():
    hung_up = sides(Observation(failure="hung up"), observed(RIGHT))
    found, asked = asked_again(lambda _id, number, _order: (WRONG,) if number is None else (hung_up,))
    assert found[0].outcome.verdict is Verdict.BROKEN
    assert len(asked) == 1


@pytest.mark.parametrize("seed", range(300))
def test_a_runtime_that_answers_wrongly_at_random_never_drifted(seed):
    dice = random.Random(seed)
    found = outcome_of(
        lambda _id, number, _order: (WRONG if number is None or dice.random() < 0.3 else RIGHT, RIGHT)
    )
    assert found.verdict is Verdict.UNSTABLE


def test_of_many_that_differ_alike_a_few_are_asked_often_and_the_rest_says_so():
    ids = [f"iterate/{number}" for number in range(50)]
    found, asked = asked_again(lambda *_: (WRONG, RIGHT), ids=ids)
    assert len(asked) == 2 * len(ids) + SAMPLE * (AGAIN - 2)
    assert {each.outcome.verdict for each in found} == {Verdict.RUST_DRIFT}
    assert [each.outcome.probe.id for each in found] == ids
    assert found[0].outcome.reason == "rust stands alone: go and the reference agree"
    assert found[-1].outcome.reason == (
        "rust stands alone: go and the reference agree (asked again 2 times, 4 that differ alike 10 times)"
    )


def test_what_differs_otherwise_is_a_kind_of_its_own():
    ids = [f"iterate/{number}" for number in range(50)]
    answers = {id_: f'{{"a":"right","{id_}":1}}' for id_ in ids}
    _, asked = asked_again(lambda id_, *_: (answers[id_], RIGHT), ids=ids)
    assert len(asked) == AGAIN * len(ids)


def test_where_one_of_a_kind_does_not_hold_all_of_the_kind_are_asked_often():
    ids = [f"iterate/{number}" for number in range(50)]
    found, asked = asked_again(
        lambda id_, number, _order: (RIGHT if (id_, number) == (ids[1], 9) else WRONG, RIGHT), ids=ids
    )
    assert len(asked) == AGAIN * len(ids)
    verdicts = {each.outcome.probe.id: each.outcome.verdict for each in found}
    assert verdicts == {**dict.fromkeys(ids, Verdict.RUST_DRIFT), ids[1]: Verdict.UNSTABLE}


def test_many_that_answer_at_random_never_drifted():
    dice = random.Random(1)
    ids = [f"iterate/{number}" for number in range(200)]
    found, _ = asked_again(
        lambda _id, number, _order: (WRONG if number is None or dice.random() < 0.3 else RIGHT, RIGHT),
        ids=ids,
    )
    assert {each.outcome.verdict for each in found} == {Verdict.UNSTABLE}


def test_a_campaign_may_ask_less_often():
    _, asked = asked_again(lambda *_: (WRONG, RIGHT), again=2)
    assert [order for _, _, order in asked] == [RUST_FIRST, GO_FIRST]
    assert confirming.AGAIN > 2
