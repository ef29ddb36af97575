"""Ids that a run saw minted: one for each call, whoever else got what."""

import pytest
from tests.harness.making import observed, probe, row, sides

from lakehouse_parity.judging import judge
from lakehouse_parity.minting import Minted
from lakehouse_parity.model import Request, Verdict


def held(minted, id_, rust, go, **request):
    """What a call comes to whose answers have these trace ids."""
    seen = sides(*(observed(f'{{"trace_id":"{each}"}}') for each in (rust, go, rust)))
    asked = Request("POST", request.get("path", "/v1/iterate"), request.get("headers", ()), b"{}")
    outcome = judge(probe(id_, clauses=("TR-3",), request=asked), sides(observed("{}")), [])
    return minted.hold(outcome, seen)


def test_ids_of_their_own_are_parity():
    minted = Minted()
    for number in range(3):
        assert held(minted, f"trace/{number}", f"r{number}", f"g{number}").verdict is Verdict.PARITY


def test_an_id_minted_for_two_calls_is_the_drift_of_who_minted_it():
    minted = Minted()
    held(minted, "trace/one", "r1", "g")
    outcome = held(minted, "trace/two", "r2", "g")
    [difference] = outcome.differences
    assert (outcome.verdict, difference.clause, difference.path) == (Verdict.GO_DRIFT, "TR-3", "$.trace_id")
    assert difference.values["go"] == "g (minted for trace/one too)"
    assert outcome.reason == "the id minted for this call is another call's too"


def test_an_id_that_another_call_was_sent_is_none():
    minted, seen = Minted(), sides(observed('{"trace_id":"theirs"}'))
    headers = ((b"X-Lakehouse-Trace-Id", b"theirs"),)
    asked = Request("POST", "/v1/iterate", headers, b"{}")
    theirs = judge(probe("trace/sent", clauses=("TR-1",), request=asked, trace="theirs"), seen, [])
    assert [minted.hold(theirs, seen).verdict for _ in range(2)] == [Verdict.PARITY] * 2
    outcome = held(minted, "trace/minted", "theirs", "g")
    assert outcome.verdict is Verdict.RUST_DRIFT
    assert outcome.differences[0].values["rust"] == "theirs (sent for trace/sent too)"


def test_it_holds_when_the_call_is_asked_again_and_the_first_call_is_not_to_blame():
    minted = Minted()
    assert held(minted, "trace/one", "r", "g1").verdict is Verdict.PARITY
    assert held(minted, "trace/two", "r", "g2").verdict is Verdict.RUST_DRIFT
    assert held(minted, "trace/two", "r", "g3").verdict is Verdict.RUST_DRIFT
    assert held(minted, "trace/one", "r", "g4").verdict is Verdict.PARITY


def test_a_span_has_an_id_of_its_own_too():
    minted = Minted()
    for id_, verdict in (("spans/one", Verdict.PARITY), ("spans/two", Verdict.GO_DRIFT)):
        spans = [observed(spans=(f'{{"id":"{each}"}}'.encode(),)) for each in (f"r-{id_}", "g", "reference")]
        outcome = minted.hold(judge(probe(id_), sides(observed("{}")), []), sides(*spans))
        assert outcome.verdict is verdict
    assert [(d.path, d.clause) for d in outcome.differences] == [("$[0].id", "SP-2")]


def test_the_two_runtimes_may_mint_alike():
    minted = Minted()
    held(minted, "trace/one", "same", "other")
    assert held(minted, "trace/two", "another", "same").verdict is Verdict.PARITY


@pytest.mark.parametrize("sent", [b"sent", b" sent ", b"\tsent"])
def test_an_id_that_was_sent_twice_was_not_minted(sent):
    minted = Minted()
    for id_ in ("trace/one", "trace/two"):
        outcome = held(minted, id_, "sent", "sent", headers=((b"X-Lakehouse-Trace-Id", sent),))
        assert outcome.verdict is Verdict.PARITY


def test_what_a_provider_says_is_no_minted_id():
    minted = Minted()
    for id_ in ("chat/one", "chat/two"):
        assert held(minted, id_, "same", "same", path="/v1/chat").verdict is Verdict.PARITY


def test_a_call_without_an_id_in_its_answer_is_known_by_its_row():
    minted = Minted()
    for id_, verdict in (("iterate/one", Verdict.PARITY), ("iterate/two", Verdict.RUST_DRIFT)):
        rows = [observed("plain", rows=(row(session_id=each),)) for each in ("r", f"g-{id_}", "reference")]
        outcome = minted.hold(judge(probe(id_), sides(observed("{}")), []), sides(*rows))
        assert outcome.verdict is verdict
    assert [str(d.surface.value) + d.path for d in outcome.differences] == ["session_row$.session_id"]
