"""A recorded run judged again: the same run, under today's known list."""

from datetime import date

import pytest
from msgspec.structs import replace
from tests.harness.making import bodies, mask, observed, outcome, probe, sides

from lakehouse_parity import recording
from lakehouse_parity.errors import Place
from lakehouse_parity.events import Finished, Judged, Started
from lakehouse_parity.known import Entry
from lakehouse_parity.model import Observation, Outcome, Stability, Verdict
from lakehouse_parity.rejudging import rejudged
from lakehouse_parity.reports.summary import Summary


@pytest.fixture
def again(tmp_path):
    path = tmp_path / "recording.jsonl"

    def again(*judged, masks=(), entries=()):
        """What these come to when they are recorded, read and judged anew."""
        with path.open("w") as file:
            recorder = recording.Recorder(file)
            recorder(Started("2026-12-01T10:00:00+00:00", {}, len(judged)))
            for event in judged:
                recorder(event)
            recorder(Finished(7, ("of then",), ("lost",)))
        events = list(rejudged(path, masks, entries))
        return [event.outcome for event in events if isinstance(event, Judged)], events[-1]

    return again


def judged(seen, verdict=Verdict.PARITY, **members):
    return Judged(Outcome(probe(**members), verdict, "then"), seen)


def entry(surface="body", path="$.a", id_="iterate/one", expires=None):
    place = Place("known.yaml", 2)
    return Entry(id_, "rust", surface, path, ("1", "2"), "go", "It is so.", place, expires=expires)


def test_outcomes_are_those_of_todays_rules_and_not_of_then(again):
    [found], _ = again(judged(bodies('{"a":1}', '{"a":2}', '{"a":2}')))
    assert found.verdict is Verdict.RUST_DRIFT
    assert [difference.path for difference in found.differences] == ["$.a"]


def test_todays_masks_apply(again):
    [found], _ = again(judged(bodies('{"a":1}', '{"a":2}', '{"a":2}')), masks=[mask("$.a", "count")])
    assert found.verdict is Verdict.PARITY


def test_what_is_known_today_is_known(again):
    [found], finished = again(judged(bodies('{"a":1}', '{"a":2}', '{"a":2}')), entries=[entry()])
    assert (found.verdict, found.reason, finished.problems) == (Verdict.KNOWN, "It is so.", ())


def test_what_was_skipped_stays_skipped_and_what_was_broken_stays_broken(again):
    skipped = Judged(outcome(Verdict.SKIPPED, reason="not wired: model"))
    given_up = Judged(outcome(Verdict.BROKEN, "iterate/two", "no daemon"))
    broken = judged(sides(Observation(failure="hung up"), observed()), id_="iterate/three")
    found, _ = again(skipped, given_up, broken)
    assert [(each.verdict, each.reason) for each in found] == [
        (Verdict.SKIPPED, "not wired: model"),
        (Verdict.BROKEN, "no daemon"),
        (Verdict.BROKEN, "rust: hung up"),
    ]


def test_what_was_unstable_stays_unstable_with_its_reason(again):
    event = judged(bodies('{"a":1}', '{"a":2}', '{"a":2}'), Verdict.UNSTABLE)
    [found], _ = again(replace(event, outcome=replace(event.outcome, reason="changed twice")))
    assert (found.verdict, found.reason) == (Verdict.UNSTABLE, "changed twice")


def test_a_place_that_flipped_is_nobodys_drift_when_it_is_judged_again(again):
    event = judged(bodies('{"a":1,"b":1}', '{"a":2,"b":2}', '{"a":2,"b":2}'), Verdict.UNSTABLE)
    stability = Stability(11, {"rust": 0.5, "go": 0.0}, (("rust", "body", "$.a"),))
    [found], _ = again(replace(event, outcome=replace(event.outcome, stability=stability)))
    assert found.stability == stability
    assert {difference.path: difference.verdict for difference in found.differences} == {
        "$.a": Verdict.UNSTABLE,
        "$.b": Verdict.RUST_DRIFT,
    }


def test_what_could_not_be_observed_then_is_not_observed_now(again):
    _, finished = again(judged(bodies("1", "1", "1")))
    assert (finished.duration_ms, finished.unobserved) == (7, ("lost",))


def test_a_known_difference_that_is_gone_is_a_problem_only_where_it_could_have_occurred(again):
    gone = [entry(), entry("session_row"), entry("extraction"), entry(id_="iterate/never-asked")]
    _, finished = again(judged(sides(observed(rows=()))), entries=gone)
    assert [problem.partition(" no longer")[0] for problem in finished.problems] == [
        "known.yaml:2: iterate/one: body $.a",
        "known.yaml:2: iterate/one: session_row $.a",
    ]


def test_days_are_held_against_the_day_of_the_recorded_run(again):
    seen = bodies('{"a":1}', '{"a":2}', '{"a":2}')
    [found], finished = again(judged(seen), entries=[entry(expires=date(2026, 12, 1))])
    assert (found.verdict, finished.problems) == (Verdict.KNOWN, ())
    [found], finished = again(judged(seen), entries=[entry(expires=date(2026, 11, 30))])
    assert found.verdict is Verdict.RUST_DRIFT
    assert "was accepted until 2026-11-30" in finished.problems[0]


def test_the_same_run_has_the_same_summary(again, tmp_path):
    seen = bodies('{"a":1}', '{"a":2}', '{"a":2}')
    again(judged(seen), judged(seen, id_="iterate/two"))
    summaries = []
    for _ in range(2):
        summaries.append(Summary())
        for event in rejudged(tmp_path / "recording.jsonl", (), ()):
            summaries[-1](event)
    assert summaries[0].outcomes == summaries[1].outcomes
    assert summaries[0].exit_code == summaries[1].exit_code == 3
