"""The soak finds each lie that shows under load only, and blames who tells it."""

import asyncio
import json
import re

import pytest
from msgspec.structs import replace
from tests.fakes import soaking
from tests.fakes.lying_daemon import Truth, with_body

from lakehouse_parity.soak.calls import LEFT
from lakehouse_spec import trace

TRACE_ID = trace.trace_id
MARK = re.compile(rb"-[0-9]{6}\b")


class Now(Truth):
    """Tells its lie with the n-th row, answer or count, and the truth before and after."""

    at = 20

    def __init__(self, seat):
        super().__init__(seat)
        self.seen = 0

    def now(self):
        self.seen += 1
        return self.seen == self.at


class TwoPieces(Truth):
    """Writes each row in two pieces."""

    def lines(self, line):
        half = len(line) // 2
        return [line[:half], line[half:]]

    async def between_writes(self):
        await asyncio.sleep(0)


class LateLineFeed(Truth):
    """Writes the line feed by itself."""

    def lines(self, line):
        return [line[:-1], b"\n"]

    async def between_writes(self):
        await asyncio.sleep(0)


class LosesARow(Now):
    """Loses one row."""

    def lines(self, line):
        return [] if self.now() else [line]


class RowTwice(Now):
    """Writes one row twice."""

    def lines(self, line):
        return [line, line] if self.now() else [line]


class Splices(Now):
    """Writes one row whose end is that of the row before; it parses, and every member is there once.

    It is one that already holds something of its call: else it would be that row once more.
    """

    member, before = b',"provider":', b""

    def lines(self, line):
        own, member, rest = line.partition(self.member)
        earlier, self.before = self.before, rest
        return [own + member + earlier] if earlier and self.fits(own) and self.now() else [line]

    def fits(self, own):
        return MARK.search(own)


class SplicesAtThePrompt(Splices):
    """Likewise, so that the prompt is the other call's, too."""

    member = b',"model":'


class SplicesALeftCall(Splices):
    """Likewise, with the row of a call whose caller goes away."""

    at = 1

    def fits(self, own):
        return LEFT.encode() in own


class LosesACount(Now):
    """Loses one call's counts: a call whose caller stayed, as others need not be counted."""

    def counts(self, usage):
        stayed = any(count.model != LEFT for count in usage)
        return () if stayed and self.now() else usage


class LeaksAnArtifact(Truth):
    """Answers one call with the history of another."""

    history = None

    def handled(self, handled):
        if handled.answer.status not in (200, 422) or not handled.row:
            return handled
        earlier, self.history = self.history, json.loads(handled.answer.body)["history"]
        if (
            earlier is None
            or len(earlier) != len(self.history)
            or earlier[0]["status"] != self.history[0]["status"]
        ):
            return handled
        return handled._replace(answer=with_body(handled.answer, lambda body: body.update(history=earlier)))


class LeaksAPrompt(Now):
    """Asks the model once with the prompt of the call before."""

    before = None

    def call(self, call):
        body = json.loads(call.body)
        earlier, self.before = self.before, body["messages"]
        if not self.now() or earlier is None:
            return call
        return call._replace(body=json.dumps({**body, "messages": earlier}).encode())


class MintsAgain(Truth):
    """Mints the same few ids again and again."""

    minted = 0

    def patches(self):
        return ((trace, "trace_id", self.trace_id),)

    def trace_id(self, request, _mint):
        self.minted += 1
        return TRACE_ID(request, lambda: f"{self.seat}-{self.minted % 7}")


class NamesSpansAgain(Truth):
    """Gives each span one of the same few ids."""

    def spans(self, bodies):
        return tuple({**body, "id": f"{index:016x}"} for index, body in enumerate(bodies))


class WholeSeconds(Truth):
    """Cuts its timestamps to whole seconds."""

    def lines(self, line):
        return [re.sub(rb'(:\d\d)\.\d{3}Z"', rb'\1.000Z"', line, count=1)]


LIES = {
    TwoPieces: {("spliced-line", "SE-4"), ("torn-line", "SE-4"), ("row-missing", "SE-1")},
    LateLineFeed: {("spliced-line", "SE-4"), ("blank-line", "SE-6")},
    LosesARow: {("row-missing", "SE-1")},
    RowTwice: {("row-twice", "SE-1")},
    Splices: {("spliced-line", "SE-4")},
    SplicesAtThePrompt: {("spliced-line", "SE-4"), ("row-missing", "SE-1")},
    SplicesALeftCall: {("spliced-line", "SE-4")},
    LosesACount: {("usage", "US-4")},
    LeaksAnArtifact: {("foreign-content", "IT-28")},
    LeaksAPrompt: {("foreign-content", "IT-28")},
    MintsAgain: {("id-twice", "TR-3")},
    NamesSpansAgain: {("span-id-twice", "SP-2")},
    WholeSeconds: {("timestamp", "SE-19")},
}


@pytest.mark.parametrize("seat", ["rust", "go"])
@pytest.mark.parametrize("lie", LIES)
def test_each_lie_is_found_and_who_tells_it_alone_is_blamed(tmp_path, lie, seat):
    seats = {"rust": Truth, "go": Truth, seat: lie}
    load = replace(soaking.LOAD, minted=20 if lie is MintsAgain else 0)
    result = soaking.drive(seats["rust"], seats["go"], tmp_path / "log.jsonl", load)
    assert result.exit_code == 1
    assert {runtime for _, _, runtime in result.counts} == {seat}
    assert LIES[lie] <= {(rule, clause) for rule, clause, _ in result.counts}


def test_the_truth_is_sound(tmp_path):
    result = soaking.drive(Truth, Truth, tmp_path / "log.jsonl")
    assert (result.findings, result.exit_code, result.verdict) == ([], 0, "sound")
    assert {name: seen.rows for name, seen in result.seen.items()} == {"rust": 60, "go": 60}


def test_every_finding_says_where_it_is_and_all_is_in_the_json(tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"what stood there before\n")
    result = soaking.drive(Truth, RowTwice, log, replace(soaking.LOAD, minted=0))
    (finding,) = result.to_json()["findings"]
    at = finding["offset"]
    data = log.read_bytes()
    assert (finding["rule"], finding["clause"], finding["runtime"]) == ("row-twice", "SE-1", "go")
    assert data[:at].count(b"\n") == finding["line"]
    assert data[at:].startswith(b'{"') and data[at - 1] == ord("\n")  # noqa: PT018  one place
    assert json.loads(data[at:].splitlines()[0])["daemon"] == "validatord"


def test_an_answer_that_never_comes_leaves_no_verdict(tmp_path):
    class Hangs(Now):
        def data(self, _answer, data):
            return None if self.now() else data

    result = soaking.drive(Truth, Hangs, tmp_path / "log.jsonl")
    assert (result.exit_code, result.verdict) == (3, "no_verdict")
    assert result.unobserved[0].startswith("go did not answer 1 calls")


def test_what_is_not_wired_is_not_looked_at_and_that_is_said(tmp_path):
    result = soaking.drive(Truth, Truth, tmp_path / "log.jsonl", without=("session_log", "langfuse"))
    assert (result.exit_code, result.unlooked) == (0, ["session_log", "langfuse"])
