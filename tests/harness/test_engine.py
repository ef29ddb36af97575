"""A run from its first event to its last, between two fakes in process."""

import asyncio
import json
import random
from collections import Counter
from datetime import date

import pytest
from msgspec.structs import replace
from tests.fakes.driving import PROBES, drive, probes
from tests.fakes.lies import (
    AnswersCreated,
    AnswersUnprocessableWith400,
    ChangesItsMind,
    HangsUp,
    LosesTraceId,
    SendsMore,
    is_iterate,
)
from tests.fakes.lying_daemon import Truth
from tests.harness.making import mask, row

from lakehouse_parity import recorded, recording
from lakehouse_parity.confirming import AGAIN
from lakehouse_parity.errors import Place, Unobservable
from lakehouse_parity.events import Judged, Started
from lakehouse_parity.judging import SIDES, judge
from lakehouse_parity.known import Entry
from lakehouse_parity.model import Surface, Verdict
from lakehouse_parity.suite import load_masks
from lakehouse_spec import trace
from lakehouse_spec.usage import UsageCount

ALL = {probe.id for probe in probes()}


@pytest.fixture
def log(tmp_path):
    return tmp_path / "sessions.jsonl"


def heard(kind):
    """A truth of that kind which keeps its requests in a list of its class."""

    class Heard(kind):
        requests = []  # noqa: RUF012  one list for the test

        def request(self, request):
            Heard.requests.append(request)
            return super().request(request)

    return Heard


def asked(kind):
    """How often each model was asked for, by the requests of a truth that listens."""
    bodies = (json.loads(r.body) for r in kind.requests if r.path == "/v1/iterate" and r.body.endswith(b"}"))
    return Counter(body["model"] for body in bodies if "model" in body)


def test_both_runtimes_get_the_same_bytes(log):
    rust, go = heard(Truth), heard(Truth)
    drive(rust, go, log)
    rust_, go_ = (
        sorted(
            (r.method, r.path, r.body, tuple(header for header in r.headers if header[0] != b"Host"))
            for r in kind.requests
        )
        for kind in (rust, go)
    )
    assert rust_ == go_
    assert len(rust_) > len(ALL)


def test_every_probe_is_judged_once_by_what_all_four_sides_did(log):
    events = []
    drive(Truth, Truth, log, listener=events.append)
    assert isinstance(events[0], Started)
    assert events[0].planned == len(ALL)
    assert {name: (facts.daemon, facts.version) for name, facts in events[0].runtimes.items()} == {
        "rust": ("gateway", "fake"),
        "go": ("validatord", "fake"),
    }
    assert all(set(event.seen) == set(SIDES) for event in events if isinstance(event, Judged))


def test_a_recorded_run_comes_to_the_same_when_it_is_judged_again(log, tmp_path):
    path = tmp_path / "recording.jsonl"
    with path.open("w", encoding="utf-8") as file:
        ran = drive(LosesTraceId, Truth, log, listener=recording.Recorder(file))
    again = [event for event in recorded.read(path) if isinstance(event, Judged)]
    assert len(again) == len(ALL)
    for event in again:
        outcome = judge(event.outcome.probe, event.seen, load_masks(PROBES))
        before = ran.outcomes[outcome.probe.id]
        assert (outcome.verdict, outcome.differences, outcome.forms, outcome.masked) == (
            before.verdict,
            before.differences,
            before.forms,
            before.masked,
        )


def test_every_call_has_a_trace_id_of_its_own_that_names_its_probe(log):
    rust = heard(Truth)
    drive(rust, Truth, log)
    ids = [r.first(b"x-lakehouse-trace-id") for r in rust.requests]
    made = [each.decode() for each in ids if each is not None and each.startswith(b"parity-")]
    assert len(set(made)) == len(made)
    assert {each.split("-", 2)[2] for each in made} >= {"iterate/accepted", "chat/teapot", "validate/refused"}


def test_what_differs_is_asked_again_and_what_does_not_is_not(log):
    go = heard(AnswersCreated)
    ran = drive(Truth, go, log)
    counts = asked(go)
    often = {model for model, count in counts.items() if count > 1}
    assert often == set(AnswersCreated.caught)
    assert {counts[model] for model in often} == {1 + AGAIN}
    assert set(counts.values()) == {1, 1 + AGAIN}
    assert len(ran.outcomes) == len(ALL)


def test_who_is_asked_again_is_asked_one_after_the_other_in_both_orders(log):
    asked = []

    def listening(kind, name):
        class Listening(kind):
            def request(self, request):
                if request.path == "/v1/validate":
                    asked.append(name)
                return request

            async def before_answering(self, answer):
                if answer.status == 400:
                    await asyncio.sleep(0.01)
                    asked.append(f"{name} answers")

        return Listening

    rust, go = (listening(AnswersUnprocessableWith400, name) for name in ("rust", "go"))
    drive(rust, go, log, only=["validate/refused"])
    again = [" ".join(asked[at : at + 4]) for at in range(4, len(asked), 4)]
    assert again == ["rust rust answers go go answers", "go go answers rust rust answers"] * (AGAIN // 2)


def test_an_answer_that_goes_by_who_was_asked_before_is_unstable_and_has_not_drifted(log):
    class Cached(Truth):
        last = ""

        def handled(self, handled):
            if handled.answer.status != 422 or is_iterate(handled):
                return handled
            warm, Cached.last = Cached.last not in ("", self.seat), self.seat
            body = handled.answer.body.replace(b"city", b"town") if warm and self.seat == "go" else None
            return handled._replace(answer=handled.answer._replace(body=body or handled.answer.body))

    ran = drive(Cached, Cached, log, only=["validate/refused"])
    [outcome] = ran.outcomes.values()
    assert outcome.verdict is Verdict.UNSTABLE
    assert outcome.reason.endswith("; it goes by which runtime was asked first")
    assert outcome.stability.flip_rate["rust"] == 0
    assert ran.summary.exit_code == 1


@pytest.mark.parametrize("seed", range(5))
def test_a_runtime_that_loses_rows_at_random_has_not_drifted(log, seed):
    dice = random.Random(seed)

    class Forgetful(Truth):
        loses = True
        first = True

        def lines(self, line):
            lost, Forgetful.first = Forgetful.first or dice.random() < 0.3, False
            return [] if lost else [line]

    ran = drive(Forgetful, Truth, log, only=["iterate/accepted"], deadline=0.2)
    [outcome] = ran.outcomes.values()
    assert outcome.verdict is Verdict.UNSTABLE
    assert {flip[:2] for flip in outcome.stability.flips} >= {("rust", "session_row")}


def test_a_recorded_instability_is_told_again_when_it_is_read(log, tmp_path):
    path = tmp_path / "recording.jsonl"
    with path.open("w", encoding="utf-8") as file:
        ran = drive(Truth, ChangesItsMind, log, only=["validate/refused"], listener=recording.Recorder(file))
    [read] = [event.outcome for event in recorded.read(path) if isinstance(event, Judged)]
    assert read.stability == ran.outcomes["validate/refused"].stability
    assert read.stability.flip_rate == {"rust": 0, "go": round(5 / 11, 4)}


@pytest.mark.parametrize(("jobs", "most"), [(1, 1), (4, 4)])
def test_no_more_probes_are_in_flight_than_there_are_jobs(log, jobs, most):
    class Counting(Truth):
        now = top = 0

        def request(self, request):
            if request.path not in ("/health", "/v1/usage"):
                Counting.now += 1
                Counting.top = max(Counting.top, Counting.now)
            return request

        async def before_answering(self, _answer):
            Counting.now = max(0, Counting.now - 1)

    drive(Counting, Truth, log, jobs=jobs)
    assert 0 < Counting.top <= most


@pytest.mark.parametrize(
    ("without", "surface", "evidence"),
    [("langfuse", Surface.SPAN, "spans"), ("session_log", Surface.SESSION_ROW, "rows")],
)
def test_what_is_not_wired_is_not_compared_and_its_masks_are_not_missed(log, without, surface, evidence):
    ran = drive(Truth, Truth, log, without=[without])
    needing = [id_ for id_, outcome in ran.outcomes.items() if without in outcome.probe.needs]
    assert ran.drifted() == dict.fromkeys(needing, "skipped")
    assert (ran.summary.exit_code, ran.summary.problems) == (0, ())
    seen = []
    drive(SendsMore, Truth, log, without=[without], only=["iterate/accepted"], listener=seen.append)
    [judged] = [event for event in seen if isinstance(event, Judged)]
    assert judged.outcome.verdict is Verdict.RUST_DRIFT
    assert surface not in {difference.surface for difference in judged.outcome.differences}
    assert {getattr(observation, evidence) for observation in judged.seen.values()} == {None}


def test_without_the_scripted_model_its_probes_are_skipped_with_that_reason(log):
    ran = drive(Truth, Truth, log, without=["model"])
    skipped = {id_ for id_, verdict in ran.verdicts().items() if verdict == "skipped"}
    assert skipped == {id_ for id_ in ALL if id_.split("/")[0] in ("iterate", "chat", "extract", "spans")}
    assert ran.outcomes["iterate/accepted"].reason == "not wired: model"
    assert ran.outcomes["iterate/ollama"].reason == "not wired: model, ollama"


def test_without_ollama_its_probes_alone_are_skipped(log):
    ran = drive(Truth, Truth, log, without=["ollama"])
    assert ran.drifted() == {"iterate/ollama": "skipped"}


def test_a_runtime_that_is_not_there_breaks_every_probe_and_nothing_is_asked(log):
    rust = heard(Truth)
    ran = drive(rust, None, log)
    assert set(ran.verdicts().values()) == {"broken"}
    assert set(ran.outcomes) == ALL
    assert ran.summary.exit_code == 3
    assert [request.path for request in rust.requests] == ["/health"]
    [reason] = {outcome.reason for outcome in ran.outcomes.values()}
    assert reason.startswith("go at http://127.0.0.1:")
    assert "cannot connect" in reason


def test_a_runtime_that_is_not_well_breaks_every_probe(log):
    class Unwell(Truth):
        def handled(self, handled):
            health = b'"version"' in handled.answer.body
            return handled._replace(answer=handled.answer._replace(status=503)) if health else handled

    ran = drive(Unwell, Truth, log)
    assert set(ran.verdicts().values()) == {"broken"}
    assert "GET /health answered 503" in ran.summary.unseen[1]


def test_a_log_that_cannot_be_read_ends_the_run(log):
    class ReplacesTheLog(Truth):
        def request(self, request):
            if log.is_file():
                log.unlink()
                log.mkdir()
            return request

    with pytest.raises(Unobservable, match=r"sessions\.jsonl: is a directory; name a file in it"):
        drive(ReplacesTheLog, Truth, log)


def test_a_runtime_that_goes_away_while_it_is_asked_again_is_broken_and_has_not_drifted(log):
    class Dies(AnswersCreated):
        count = 0

        def data(self, answer, data):
            if answer.status != 201:
                return data
            Dies.count += 1
            return data if Dies.count == 1 else None

    ran = drive(Truth, Dies, log, only=["iterate/accepted"])
    assert ran.drifted() == {"iterate/accepted": "broken"}
    assert ran.summary.exit_code == 3


def entries(lie, values, surface="status", path="$"):
    return [
        Entry(id_, "rust", surface, path, values, "go", "It is so.", Place("known.yaml", 2))
        for id_ in lie.caught
    ]


def test_what_the_known_list_explains_is_known_and_not_asked_again(log):
    rust = heard(AnswersCreated)
    ran = drive(rust, Truth, log, known=entries(AnswersCreated, ("201", "200")))
    assert ran.drifted() == dict.fromkeys(AnswersCreated.caught, "known")
    assert (ran.summary.exit_code, ran.summary.problems) == (0, ())
    assert set(asked(rust).values()) == {1}


def test_a_known_difference_that_has_changed_is_a_drift_and_its_entry_is_stale(log):
    ran = drive(AnswersCreated, Truth, log, known=entries(AnswersCreated, ("202", "200")))
    assert ran.drifted() == dict.fromkeys(AnswersCreated.caught, "rust_drift")
    assert len(ran.summary.problems) == len(AnswersCreated.caught)
    assert (
        "rust 202, go 200 (rust) are listed and rust 201, go 200 (rust) are found" in ran.summary.problems[0]
    )


def test_a_known_difference_that_is_gone_fails_the_run(log):
    known = entries(AnswersCreated, ("201", "200"))[:1]
    ran = drive(Truth, Truth, log, known=known)
    assert ran.drifted() == {}
    [problem] = ran.summary.problems
    assert problem.startswith("known.yaml:2: iterate/accepted: status $ no longer occurs as listed")
    assert ran.summary.exit_code == 1


def test_an_entry_for_what_is_not_looked_at_is_not_called_gone(log):
    known = entries(AnswersCreated, ("1", "2"), "span", "$[0].name")
    ran = drive(Truth, Truth, log, known=known, without=["langfuse"])
    assert (ran.summary.exit_code, ran.summary.problems) == (0, ())


def test_an_entry_for_a_probe_that_does_not_exist_fails_the_run(log):
    known = [replace(entries(AnswersCreated, ("201", "200"))[0], probe="iterate/none")]
    ran = drive(Truth, Truth, log, known=known)
    assert ran.summary.problems == (
        "known.yaml:2: no probe matches 'iterate/none': correct it, or drop the entry",
    )
    assert ran.summary.exit_code == 1


def test_an_entry_that_has_expired_excuses_nothing_and_fails_the_run_in_its_own_words(log):
    known = [replace(each, expires=date(2026, 1, 31)) for each in entries(AnswersCreated, ("201", "200"))]
    ran = drive(AnswersCreated, Truth, log, known=known, today=date(2026, 2, 1))
    assert ran.drifted() == dict.fromkeys(AnswersCreated.caught, "rust_drift")
    assert {problem.partition(": status ")[2] for problem in ran.summary.problems} == {
        "$ was accepted until 2026-01-31: have the difference removed, or accept it anew with a later day"
    }


def test_an_entry_whose_probe_is_broken_is_not_called_gone(log):
    ran = drive(HangsUp, Truth, log, known=entries(HangsUp, ("200", "404")))
    assert (ran.summary.exit_code, ran.summary.problems) == (3, ())


def test_a_mask_that_never_fires_fails_a_full_run_and_not_a_partial_one(log):
    masks = [*load_masks(PROBES), mask("$.nothing", "count")]
    ran = drive(Truth, Truth, log, masks=masks)
    assert ran.summary.problems == ("None: the mask body $.nothing never fired",)
    assert ran.summary.exit_code == 1
    assert drive(Truth, Truth, log, masks=masks, only=ALL - {"http/malformed"}).summary.exit_code == 0


def test_a_call_to_the_model_that_no_probe_can_have_made_is_named(log):
    class AsksForAnother(Truth):
        def call(self, call):
            if b'"chat/teapot"' not in call.body:
                return call
            return call._replace(body=b'{"model":"another"}', headers=())

    ran = drive(AsksForAnother, Truth, log)
    asked = "rust asked /v1/chat/completions for the model 'another', a name that no probe has"
    assert set(ran.summary.problems) == {asked}
    assert ran.drifted() == {"chat/teapot": "rust_drift"}


def test_an_id_that_is_minted_twice_is_a_drift_of_the_second_call(log):
    class MintsOneForAll(Truth):
        def patches(self):
            def one(request, _mint, _true=trace.trace_id):
                return _true(request, lambda: "m")

            return ((trace, "trace_id", one),)

    ran = drive(Truth, MintsOneForAll, log)
    assert set(ran.drifted()) <= {"iterate/minted", "iterate/minted-again"}
    assert set(ran.drifted().values()) == {"go_drift"}
    clauses = [d.clause for probe in ran.drifted() for d in ran.outcomes[probe].differences]
    assert clauses.count("TR-3") == 1


def test_counts_and_rows_of_earlier_days_are_nobodys(log):
    class Experienced(Truth):
        earlier = tuple(UsageCount("parity", id_, failed=True, prompt_tokens=100) for id_ in sorted(ALL))

    log.write_bytes(b"".join(row(model=id_, session_id="old", daemon="gateway") + b"\n" for id_ in ALL))
    ran = drive(Experienced, Truth, log)
    assert ran.drifted() == {}


def test_probes_that_fail_alone_do_not_make_others_wait_for_their_deadline(log):
    ran = drive(HangsUp, Truth, log)
    assert ran.drifted() == {"http/unknown-path": "broken"}
    assert ran.outcomes["http/unknown-path"].reason.startswith("rust: GET http://127.0.0.1:")
    assert [o.verdict for o in ran.outcomes.values()].count(Verdict.BROKEN) == 1
