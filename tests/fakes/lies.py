"""Every lie: what is told, and where it has to be seen. Each is told to the engine in either seat.

`caught` names, for each probe that has to show it, the surface and the beginning of the path; every
other probe has to stay at parity.
"""

import asyncio
import json

from tests.fakes.lying_daemon import Truth, with_body, with_header

from lakehouse_parity.promptness import FOR_CERTAIN
from lakehouse_spec import extract, iterate, responses, session, wire
from lakehouse_spec.dialects import parse, serialise

ACCEPTED = ("iterate/accepted", "iterate/feedback", "iterate/ampersand")
TOGETHER = ("iterate/together-one", "iterate/together-other")
EXHAUSTED = (
    *TOGETHER,
    "extract/numbers",
    "iterate/exhausted",
    "iterate/long-raw",
    "iterate/wide-raw",
    "iterate/long-prompt",
    "iterate/zeros",
    "iterate/empty-system",
    "iterate/unknown-member",
    "iterate/ollama",
    "iterate/braces-in-strings",
    "iterate/two-objects",
    "iterate/fence-behind-braces",
    "iterate/minted",
    "iterate/minted-again",
    "iterate/two-ids",
    "spans/langfuse-over",
)
FAILED = ("iterate/failed", "iterate/silent")
ITERATE = (*ACCEPTED, *EXHAUSTED, *FAILED)
OUTAGES = tuple(f"spans/langfuse-{how}" for how in ("slow", "refuses", "fails", "breaks-off", "down"))
CALLING = (*ITERATE, *OUTAGES, "chat/teapot")


def at(place, *probes):
    return dict.fromkeys(probes, place)


def is_iterate(handled):
    return handled.row is not None


class AnswersCreated(Truth):
    """An accepted call is answered with 201."""

    caught = at("status $", *ACCEPTED)

    def handled(self, handled):
        created = is_iterate(handled) and handled.answer.status == 200
        return handled._replace(answer=handled.answer._replace(status=201)) if created else handled


class AnswersUnprocessableWith400(Truth):
    """A refused artifact is answered with 400."""

    caught = at("status $", "validate/refused")

    def handled(self, handled):
        refused = not is_iterate(handled) and handled.answer.status == 422
        return handled._replace(answer=handled.answer._replace(status=400)) if refused else handled


class FailsWith500(Truth):
    """A failed chat hop is answered with 500."""

    caught = at("status $", *FAILED)

    def handled(self, handled):
        failed = handled.answer.status == 502 and is_iterate(handled)
        return handled._replace(answer=handled.answer._replace(status=500)) if failed else handled


class TakesAnythingForAnEndpoint(Truth):
    """An unknown path is answered with 200."""

    caught = at("status $", "http/unknown-path")

    def handled(self, handled):
        unknown = handled.answer.status == 404
        return handled._replace(answer=handled.answer._replace(status=200)) if unknown else handled


class BreaksOnMalformedRequests(Truth):
    """A malformed request is answered with 500."""

    caught = at("status $", "http/malformed")

    def handled(self, handled):
        malformed = handled.refusal is not None and handled.answer.status == 400
        return handled._replace(answer=handled.answer._replace(status=500)) if malformed else handled


class RefusesUnknownMembers(Truth):
    """A request with a member that nobody knows is refused."""

    caught = at("status $", "iterate/unknown-member")
    loses = True

    def request(self, request):
        return request._replace(body=b"{") if b'"colour"' in request.body else request


class SaysHtml(Truth):
    """The answer of a validator is said to be HTML."""

    caught = at("header $.content-type", "validate/accepted", "validate/refused")

    def handled(self, handled):
        if is_iterate(handled) or not handled.answer.body.startswith((b'{"Consistency"', b'{"elapsed_ms"')):
            return handled
        return handled._replace(answer=with_header(handled.answer, "content-type", "text/html"))


class SaysNoType(Truth):
    """The answer of health has no content type."""

    caught = at("header $.content-type", "health/ready")

    def handled(self, handled):
        if b'"version"' not in handled.answer.body:
            return handled
        return handled._replace(answer=with_header(handled.answer, "content-type", None))


class AnswersInWordsAsJson(Truth):
    """The words of a failed call are sent as a JSON string."""

    caught = at("header $.content-type", *FAILED)

    def handled(self, handled):
        if not is_iterate(handled) or handled.answer.status != 502:
            return handled
        body = json.dumps(handled.answer.body.decode()).encode()
        answer = with_header(handled.answer, "content-type", "application/json")
        return handled._replace(answer=answer._replace(body=body))


class _ChangesBodies(Truth):
    """A change to the JSON body of iterate's answers."""

    statuses = (200, 422)

    def handled(self, handled):
        if not is_iterate(handled) or handled.answer.status not in self.statuses:
            return handled
        return handled._replace(answer=with_body(handled.answer, self.change))


class LosesTraceId(_ChangesBodies):
    """The answer has no trace id."""

    caught = at("body $.trace_id", *ACCEPTED)
    statuses = (200,)

    def change(self, body):
        del body["trace_id"]


class NullsTraceId(_ChangesBodies):
    """The trace id of an exhausted call is null."""

    caught = at("body $.trace_id", *EXHAUSTED, *OUTAGES)
    statuses = (422,)

    def change(self, body):
        body["trace_id"] = None


class AddsMember(_ChangesBodies):
    """The answer has a member more."""

    caught = at("body $.debug", *ACCEPTED)
    statuses = (200,)

    def change(self, body):
        body["debug"] = False


class RenamesMember(_ChangesBodies):
    """The attempts are called attempts."""

    caught = at("body $.history", *ACCEPTED)
    statuses = (200,)

    def change(self, body):
        body["attempts"] = body.pop("history")


class CountsInText(_ChangesBodies):
    """The number of iterations is a string that spells it."""

    caught = at("body $.iterations", *ACCEPTED)
    statuses = (200,)

    def change(self, body):
        body["iterations"] = str(body["iterations"])


class CountsInTruth(_ChangesBodies):
    """One iteration is true."""

    caught = at("body $.iterations", "iterate/accepted")
    statuses = (200,)

    def change(self, body):
        body["iterations"] = body["iterations"] == 1 or body["iterations"]


class CountsFromOne(_ChangesBodies):
    """Iterations are counted from 1."""

    caught = at("body $.history[0].iteration", *ACCEPTED)
    statuses = (200,)

    def change(self, body):
        for entry in body["history"]:
            entry["iteration"] += 1


class ReversesHistory(_ChangesBodies):
    """The last attempt stands first."""

    caught = at("body $.history[0]", "iterate/feedback", "iterate/ampersand")
    statuses = (200,)

    def change(self, body):
        body["history"].reverse()


class NestsError(_ChangesBodies):
    """The error of a failed validation is an object, not the text that holds it."""

    caught = at("body $.history[1].status.error", "iterate/feedback", "iterate/exhausted") | at(
        "body $.history[0].status.error",
        "iterate/ampersand",
        "iterate/two-objects",
        "iterate/fence-behind-braces",
        "extract/numbers",
    )

    def change(self, body):
        for entry in body["history"]:
            if "error" in entry["status"]:
                entry["status"]["error"] = json.loads(entry["status"]["error"])


class RepeatsMember(Truth):
    """The trace id of an accepted call stands there twice."""

    caught = at("body $.trace_id", *ACCEPTED)

    def handled(self, handled):
        if not is_iterate(handled) or handled.answer.status != 200:
            return handled
        twice = (
            handled.answer.body[:-1] + b',"trace_id":' + json.dumps(handled.row["session_id"]).encode() + b"}"
        )
        return handled._replace(answer=handled.answer._replace(body=twice))


class SaysBodyTwice(Truth):
    """Behind the JSON of health stands another."""

    caught = at("body $", "health/ready")

    def handled(self, handled):
        health = b'"version"' in handled.answer.body
        return (
            handled._replace(answer=handled.answer._replace(body=handled.answer.body * 2))
            if health
            else handled
        )


class SaysAnotherTag(Truth):
    """Health has the tag of nobody."""

    caught = at("body $.daemon", "health/ready")

    def handled(self, handled):
        def change(body):
            body["daemon"] = "lakehouse"

        health = b'"version"' in handled.answer.body
        return handled._replace(answer=with_body(handled.answer, change)) if health else handled


class _Patches(Truth):
    """A name of the specification with another value."""

    replaced = ()

    def patches(self):
        return (self.replaced,)


class CutsRawLate(_Patches):
    """The raw answer in the history is cut one character late."""

    caught = at("body $.history[0].raw", "iterate/long-raw")
    replaced = (responses, "RAW_LENGTH", 2001)


class CutsRawInBytes(_Patches):
    """The raw answer in the history is cut to 2000 bytes."""

    caught = at("body $.history[0].raw", "iterate/wide-raw")

    @staticmethod
    def _entry(attempt, _true=responses._entry):
        return _true(attempt._replace(raw=(attempt.raw or "").encode()[:2000].decode(errors="ignore")))

    replaced = (responses, "_entry", _entry)


class CutsCauseLate(_Patches):
    """The body in the cause of a failed hop is cut one character late."""

    caught = at("body $", "iterate/failed")
    replaced = (iterate, "CAUSE_LENGTH", 301)


class KnowsOtherPhrases(_Patches):
    """Statuses have no reason phrase."""

    caught = at("body $", *FAILED)
    replaced = (iterate, "reason", lambda _status: "Error")


class CutsPromptLate(_Patches):
    """The prompt in the row is cut one character late."""

    caught = at("session_row $.prompt", "iterate/long-prompt")
    replaced = (session, "PROMPT_LENGTH", 4001)


class RewordsFeedback(_Patches):
    """The feedback after an answer without JSON begins with one line feed."""

    caught = at(
        "model_request $[1].body.messages",
        "iterate/feedback",
        "iterate/exhausted",
        "iterate/failed",
        "iterate/together-one",
    )
    replaced = (iterate, "NO_JSON_FEEDBACK", iterate.NO_JSON_FEEDBACK[1:])


def _accumulating(state, attempt, feedback, _again=iterate._again):
    after = _again(state, attempt, feedback)
    return after._replace(prompt=state.prompt + feedback) if isinstance(after, iterate.State) else after


class AccumulatesFeedback(_Patches):
    """Every prompt has all feedback so far."""

    caught = at("model_request $[2].body.messages[1].content", "iterate/feedback")
    replaced = (iterate, "_again", _accumulating)


def _escaping(value, dialect):
    return serialise(value, dialect).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


class EscapesHtml(_Patches):
    """The text of a validation error has `&`, `<` and `>` as escapes."""

    caught = at("body $.history[0].status.error", "iterate/ampersand")
    replaced = (iterate, "serialise", _escaping)


def _asking(**defaults):
    def read_request(body, dialect, _read=iterate.read_request):
        asked = _read(body, dialect)
        return asked._replace(**{name: getattr(asked, name) or value for name, value in defaults.items()})

    return read_request


class DefaultsTemperatureZero(_Patches):
    """A temperature of 0 is taken for none."""

    caught = at("model_request $[0].body.temperature", "iterate/zeros")
    replaced = (iterate, "read_request", _asking(temperature=0.2))


class DefaultsTokensZero(_Patches):
    """A maximum of 0 tokens is taken for none."""

    caught = at("model_request $[0].body.max_tokens", "iterate/zeros")
    replaced = (iterate, "read_request", _asking(max_tokens=4096))


def _without_empty_system(state, _chat=iterate.chat_request):
    asked = state.request._replace(system=state.request.system or None)
    return _chat(state._replace(request=asked))


class DropsEmptySystem(_Patches):
    """A system message that is empty is not sent."""

    caught = at("model_request $[0].body.messages[0]", "iterate/empty-system")
    replaced = (iterate, "chat_request", _without_empty_system)


class IteratesOnceMore(_Patches):
    """There is one iteration more than the maximum."""

    caught = at("model_request $[", *EXHAUSTED, *OUTAGES) | at(
        "session_row $.max_iterations", *ACCEPTED, *FAILED
    )

    @staticmethod
    def _read(body, dialect, _read=iterate.read_request):
        asked = _read(body, dialect)
        return asked._replace(max_iterations=asked.max_iterations + 1)

    replaced = (iterate, "read_request", _read)


def _first_object(texts, dialect):
    for text in texts:
        try:
            value = parse(text, dialect)
        except ValueError:
            continue
        if isinstance(value, dict):
            return value
    return None


def _string_aware(raw, dialect):
    """Braces in strings do not count."""
    depth, start, in_string = 0, -1, False
    for place, character in enumerate(raw):
        if character == '"':
            in_string = not in_string
        elif character == "{" and not in_string:
            start = place if start < 0 else start
            depth += 1
        elif character == "}" and not in_string:
            depth -= 1
            if depth == 0 and start >= 0:
                return _first_object([raw[start : place + 1]], dialect)
    return None


class KnowsStrings(_Patches):
    """The balance of braces knows strings."""

    caught = at("body $.history[0].status.kind", "iterate/braces-in-strings")

    @staticmethod
    def _extract(raw, dialect):
        return extract.extract(raw, dialect) or _string_aware(raw, dialect)

    replaced = (iterate, "extract", _extract)


class TakesLastObject(_Patches):
    """Of several objects the last is taken."""

    caught = at("body $.history[0].status.error", "iterate/two-objects")

    @staticmethod
    def _extract(raw, dialect):
        found = extract.extract(raw, dialect)
        fenced = _first_object(extract.candidates(raw), dialect)
        last = _first_object(reversed(list(extract.balances(raw))), dialect)
        return found if fenced is not None or last is None else last

    replaced = (iterate, "extract", _extract)


class LooksForBracesFirst(_Patches):
    """Braces are balanced before fences are looked for."""

    caught = at("body $.history[0].status.error", "iterate/fence-behind-braces")

    @staticmethod
    def _extract(raw, dialect):
        balanced = _first_object(extract.balances(raw), dialect)
        return extract.extract(raw, dialect) if balanced is None else balanced

    replaced = (iterate, "extract", _extract)


class TakesTheSecondId(Truth):
    """Of two trace ids the second counts."""

    caught = at("body $.trace_id", "iterate/two-ids")

    def request(self, request):
        return request._replace(headers=request.headers[::-1])


class LosesRow(Truth):
    """An exhausted call leaves no row."""

    caught = at("session_row $", *EXHAUSTED, *OUTAGES)
    loses = True

    def lines(self, line):
        return [] if b'"max_iter_exhausted"' in line else [line]


class DoublesRow(Truth):
    """An accepted call leaves its row twice."""

    caught = at("session_row $", *ACCEPTED)

    def lines(self, line):
        return [line, line] if b'"final_verdict":"accepted"' in line else [line]


class _ChangesRows(Truth):
    """A change to the row of a call that ended in one way."""

    ends = ("accepted",)

    def handled(self, handled):
        if not is_iterate(handled) or handled.row["final_verdict"] not in self.ends:
            return handled
        row = dict(handled.row)
        self.change(row)
        return handled._replace(row=row)


class WritesNobodysTag(_ChangesRows):
    """The row has a tag of nobody."""

    caught = at("session_row $.daemon", *ACCEPTED)

    def change(self, row):
        row["daemon"] = "lakehouse"


class WritesTheOthersTag(_ChangesRows):
    """The row has the other runtime's tag."""

    caught = at("session_row $.daemon", *ACCEPTED)

    def change(self, row):
        row["daemon"] = "validatord" if self.seat == "rust" else "gateway"


class WritesNoTag(_ChangesRows):
    """The row has no tag."""

    caught = at("session_row $.daemon", *ACCEPTED)

    def change(self, row):
        del row["daemon"]


class WritesLastPrompt(_ChangesRows):
    """The row has the prompt with feedback."""

    caught = at("session_row $.prompt", "iterate/feedback", "iterate/ampersand")

    def change(self, row):
        if len(row["attempts"]) > 1:
            row["prompt"] += iterate.NO_JSON_FEEDBACK


class WritesAnotherSession(_ChangesRows):
    """The row has a session id of its own."""

    caught = at("session_row $.session_id", *ACCEPTED)

    def change(self, row):
        row["session_id"] = "another-" + row["model"]


class WritesAnotherMintedId(_ChangesRows):
    """Where no trace id came, the row has another one than the answer."""

    caught = at("session_row $.session_id", "iterate/minted")
    ends = ("max_iter_exhausted",)

    def change(self, row):
        if row["model"] == "iterate/minted":
            row["session_id"] = "minted-again"


class CountsFailedIterations(_ChangesRows):
    """The row of a failed call counts its iterations."""

    caught = at("session_row $.iterations", *FAILED)
    ends = ("infra_error",)

    def change(self, row):
        row["iterations"] = 1


class GroundsEverything(_ChangesRows):
    """Every accepted artifact is grounded in the roster."""

    caught = at("session_row $.grounded_in_roster", "iterate/feedback")

    def change(self, row):
        row["grounded_in_roster"] = True


class WritesSeconds(_ChangesRows):
    """The timestamp of the row has no milliseconds."""

    caught = at("session_row $.timestamp", *ACCEPTED)

    def change(self, row):
        row["timestamp"] = row["timestamp"][:19] + "Z"


class WritesFractions(_ChangesRows):
    """The duration in the row has a fraction."""

    caught = at("session_row $.duration_ms", *ACCEPTED)

    def change(self, row):
        row["duration_ms"] += 0.5


class WritesNoDuration(_ChangesRows):
    """The duration in the row is none, though the model took its time."""

    caught = at("session_row $.duration_ms", "iterate/together-one")
    ends = ("max_iter_exhausted",)

    def change(self, row):
        if row["model"] in self.caught:
            row["duration_ms"] = 0


class WritesAnotherSchema(_ChangesRows):
    """The row names the second version of its schema."""

    caught = at("session_row $.schema", *ACCEPTED)

    def change(self, row):
        row["schema"] = "session.iterate.v2"


class WritesMore(_ChangesRows):
    """The row has a member more."""

    caught = at("session_row $.temperature", *ACCEPTED)

    def change(self, row):
        row["temperature"] = 0.2


class TearsRow(Truth):
    """The row of an accepted call has a line feed in its middle."""

    caught = at("session_row $", *ACCEPTED)
    loses = True

    def lines(self, line):
        if b'"final_verdict":"accepted"' not in line:
            return [line]
        middle = len(line) // 2
        return [line[:middle] + b"\n", line[middle:]]


class LeavesRowUnfinished(Truth):
    """The row comes last of all and has no line feed behind it."""

    async def before_logging(self):
        await asyncio.sleep(0.1)

    def lines(self, line):
        return [line[:-1]]


class LosesSpan(Truth):
    """The last attempt of a call with several has no span."""

    caught = at("span $[2]", "iterate/feedback") | at(
        "span $[1]", "iterate/ampersand", "iterate/exhausted", "iterate/failed", "iterate/together-one"
    )
    loses = True

    def spans(self, bodies):
        return bodies[:-1] if len(bodies) > 1 else bodies


class DoublesSpan(Truth):
    """Every span of an accepted call is sent twice."""

    caught = at("span $[1]", *ACCEPTED)

    def spans(self, bodies):
        return bodies * 2 if bodies[-1]["metadata"]["verdict"] == "accepted" else bodies


class _ChangesSpans(Truth):
    """A change to each span of a call that was accepted."""

    def change(self, body):
        raise NotImplementedError

    def spans(self, bodies):
        if bodies[-1]["metadata"]["verdict"] != "accepted":
            return bodies
        return tuple({**body, **self.change(body)} for body in bodies)


class HangsSpansElsewhere(_ChangesSpans):
    """The spans stand under another trace."""

    caught = at("span $", *ACCEPTED)
    loses = True

    def change(self, body):
        return {"traceId": "elsewhere-" + body["traceId"]}


class HangsSpansUnderAnotherMintedId(Truth):
    """Where no trace id came, the spans have another one than the answer."""

    caught = at("span $", "iterate/minted")
    loses = True

    def spans(self, bodies):
        if bodies[0]["metadata"]["model"] != "iterate/minted":
            return bodies
        return tuple({**body, "traceId": "minted-again"} for body in bodies)


class StartsSpansLate(_ChangesSpans):
    """A span starts when its model call is over."""

    caught = at('span $[0].holds["encloses its model call"]', *ACCEPTED)

    def change(self, body):
        late = body["endTime"].replace("20", "21", 1)
        return {"startTime": late, "endTime": late}


class EndsSpansBeforeTheyStart(_ChangesSpans):
    """A span's times are swapped and apart."""

    caught = at('span $[0].holds["start is not after end"]', *ACCEPTED)

    def change(self, body):
        return {"startTime": body["endTime"].replace("20", "21", 1), "endTime": body["startTime"]}


class OverlapsSpans(_ChangesSpans):
    """Every span ends a century late."""

    caught = at('span $[0].holds["ends before the next starts"]', "iterate/feedback", "iterate/ampersand")

    def spans(self, bodies):
        return super().spans(bodies) if len(bodies) > 1 else bodies

    def change(self, body):
        return {"endTime": body["endTime"].replace("20", "21", 1)}


class MintsSpanIdsAnew(_ChangesSpans):
    """A span's id is not the one in the row."""

    caught = at('span $[0].holds["id stands in the session row"]', *ACCEPTED)

    def change(self, body):
        return {"id": body["id"][::-1] if body["id"][::-1] != body["id"] else "0" * 16}


class CutsSpans(_ChangesSpans):
    """The raw answer in a span is cut."""

    caught = at("span $[0].output.raw", *ACCEPTED)

    def change(self, body):
        return {"output": {"raw": body["output"]["raw"][:5]}}


class RenamesSpans(_ChangesSpans):
    """A span has another name."""

    caught = at("span $[0].name", *ACCEPTED)

    def change(self, _body):
        return {"name": "attempt"}


class ReversesSpans(Truth):
    """The spans of a call with several are sent last attempt first."""

    caught = at(
        'span $[1].holds["sent in order"]',
        "iterate/feedback",
        "iterate/ampersand",
        "iterate/exhausted",
        "iterate/failed",
        "iterate/together-one",
    )

    def spans(self, bodies):
        return bodies[::-1]


class CutsSpanPrompts(_ChangesSpans):
    """The prompt in a span is cut."""

    caught = at("span $[0].input.prompt", *ACCEPTED)

    def change(self, body):
        return {"input": {"prompt": body["input"]["prompt"][:3]}}


class ShowsTheOriginalPrompt(_ChangesSpans):
    """Every span has the original prompt, not the one that was sent."""

    caught = at("span $[1].input.prompt", "iterate/feedback", "iterate/ampersand")

    def change(self, body):
        return {"input": {"prompt": body["input"]["prompt"].partition("\n\n")[0]}}


class AcceptsInSpans(_ChangesSpans):
    """Every span of a call that was accepted says that its attempt was."""

    caught = at("span $[0].metadata.verdict", "iterate/feedback", "iterate/ampersand")

    def change(self, body):
        return {"metadata": {**body["metadata"], "verdict": "accepted"}}


class CountsSpansFromOne(_ChangesSpans):
    """Spans count their iterations from 1."""

    caught = at("span $[0].metadata.iteration", *ACCEPTED)

    def change(self, body):
        return {"metadata": {**body["metadata"], "iteration": body["metadata"]["iteration"] + 1}}


class GivesSpansOfFailuresAnOutput(Truth):
    """An attempt whose chat hop failed has an output in its span."""

    caught = at("span $[1].output", "iterate/failed") | at("span $[0].output", "iterate/silent")

    def spans(self, bodies):
        *others, last = bodies
        failed = last["metadata"]["verdict"] == "infra_error"
        return (*others, {**last, "output": {"raw": ""}}) if failed else bodies


class EndsSpansEarly(_ChangesSpans):
    """A span ends when its model call begins."""

    caught = at('span $[0].holds["encloses its model call"]', *ACCEPTED)

    def change(self, body):
        early = body["startTime"].replace("20", "19", 1)
        return {"startTime": early, "endTime": early}


class MakesNoTrace(Truth):
    """Langfuse is told of spans, and of no trace."""

    caught = at("span $[0].trace[0]", *ITERATE)
    loses = True

    def traces(self, _body):
        return []


class MakesTracesTwice(Truth):
    """Every trace is made twice."""

    caught = at("span $[0].trace[1]", *ITERATE)

    def traces(self, body):
        return [body, body]


class RenamesTraces(Truth):
    """A trace has another name."""

    caught = at("span $[0].trace[0].name", *ITERATE)

    def traces(self, body):
        return [{**body, "name": "call"}]


class MakesAnotherTrace(Truth):
    """The trace that is made is not the one in which the spans hang."""

    caught = at("span $[0].trace[0]", *ITERATE)
    loses = True

    def traces(self, body):
        return [{**body, "id": body["id"] + "-0"}]


LATE = at('span $.holds["answer is not late"]', "spans/langfuse-slow")
A_MOMENT = FOR_CERTAIN + 0.1
"""Seconds that show of each answer by itself, on a machine however busy, that it waited for Langfuse."""


class WaitsForLangfuse(Truth):
    """The answer waits until Langfuse has taken the spans."""

    caught = LATE

    async def emitting(self, handled, emission):
        await emission
        return handled


class WaitsAMoment(Truth):
    """The answer waits for Langfuse for two seconds at most: too short for one answer to show it."""

    caught = LATE

    async def emitting(self, handled, emission):
        await asyncio.wait([emission], timeout=2.0)
        return handled


class GivesUpOnLangfuse(Truth):
    """Once Langfuse was not there, it is told of nothing more."""

    caught = at("span $[0]", "spans/langfuse-over")
    loses = True

    def __init__(self, seat):
        super().__init__(seat)
        self.down = False

    async def emitting(self, handled, emission):
        emission.add_done_callback(self._look)
        return handled

    def _look(self, emission):
        self.down = self.down or (not emission.cancelled() and emission.result() is None)

    def spans(self, bodies):
        return () if self.down else bodies

    def traces(self, body):
        return [] if self.down else [body]


class FailsWithoutLangfuse(Truth):
    """Where nothing listens at Langfuse's address, the call fails."""

    caught = at("status $", "spans/langfuse-down", "spans/langfuse-breaks-off") | LATE

    async def emitting(self, handled, emission):
        lost = handled.answer.status == 422 and await self._lost(emission)
        return handled._replace(answer=handled.answer._replace(status=503)) if lost else handled

    async def _lost(self, emission):
        """Waits for a moment only, which a slow Langfuse shows, too."""
        done, _ = await asyncio.wait([emission], timeout=A_MOMENT)
        return bool(done) and emission.result() is None


class FailsWhereLangfuseRefuses(Truth):
    """Where Langfuse refuses the spans, the call fails."""

    caught = at("status $", "spans/langfuse-refuses", "spans/langfuse-fails") | LATE

    async def emitting(self, handled, emission):
        done, _ = await asyncio.wait([emission], timeout=A_MOMENT)
        refused = done and (emission.result() or 207) != 207
        return handled._replace(answer=handled.answer._replace(status=500)) if refused else handled


class ForgetsTraceHeader(Truth):
    """The trace id is not sent to the provider."""

    caught = at("model_request $[0].headers.x-lakehouse-trace-id", *CALLING)

    def call(self, call):
        return call._replace(headers=tuple(header for header in call.headers if header[0] == "content-type"))


class RenamesModel(Truth):
    """The provider is asked for the model's name in capitals."""

    caught = at("model_request $[0].body.model", *CALLING)

    def call(self, call):
        body = json.loads(call.body)
        return call._replace(body=json.dumps({**body, "model": body["model"].upper()}).encode())


class SendsMore(Truth):
    """The provider gets a member more."""

    caught = at("model_request $[0].body.stream", *(probe for probe in CALLING if probe != "iterate/ollama"))

    def call(self, call):
        body = json.loads(call.body)
        return call._replace(body=json.dumps({"stream": False, **body}).encode())


class StreamsFromOllama(Truth):
    """Ollama is asked to stream."""

    caught = at("model_request $[0].body.stream", "iterate/ollama")

    def call(self, call):
        return call._replace(body=call.body.replace(b'"stream":false', b'"stream":true'))


class SendsNumbersAsText(Truth):
    """The provider gets the temperature as a string."""

    caught = at("model_request $[0].body.temperature", "iterate/zeros")

    def call(self, call):
        body = json.loads(call.body)
        if body.get("temperature") == 0:
            body["temperature"] = "0"
        return call._replace(body=json.dumps(body).encode())


class AsksTheModelAgain(Truth):
    """After the call that accepts, the model is asked once more, and what it says is not looked at."""

    caught = at("model_request $[1]", "iterate/accepted")

    def asks_in_vain(self, call):
        return b'"iterate/accepted"' in call.body


class RetriesFailures(Truth):
    """A provider that fails is asked again."""

    caught = at("status $", "iterate/failed") | at("model_request $[1]", "chat/teapot", "iterate/silent")

    def calls_again(self, _call, outcome):
        return not isinstance(outcome, wire.ProviderAnswer) or outcome.status >= 400


class RewritesAnswers(Truth):
    """What a provider refuses is 502 to the caller."""

    caught = at("status $", "chat/teapot")

    def handled(self, handled):
        teapot = handled.answer.status == 418
        return handled._replace(answer=handled.answer._replace(status=502)) if teapot else handled


class LosesCounts(Truth):
    """Calls of several attempts are counted as one."""

    caught = at(
        "usage $.requests",
        "iterate/feedback",
        "iterate/ampersand",
        "iterate/exhausted",
        "iterate/failed",
        "iterate/together-one",
    )

    def counts(self, usage):
        return usage[-1:]


class LosesAllCounts(Truth):
    """A call to the provider of Ollama's shape is not counted."""

    caught = at("usage $", "iterate/ollama")

    def counts(self, usage):
        return tuple(count for count in usage if count.provider != "parity-ollama")


class LosesTokens(Truth):
    """Tokens are not counted."""

    caught = at("usage $.prompt_tokens", "iterate/accepted", "iterate/ollama")

    def counts(self, usage):
        return tuple(count._replace(prompt_tokens=0) for count in usage)


class CountsFailuresAsSuccess(Truth):
    """A failed call is counted as one that did not fail."""

    caught = at("usage $.failures", *FAILED, "chat/teapot")

    def counts(self, usage):
        return tuple(count._replace(failed=False) for count in usage)


class GivesNoCounts(Truth):
    """The counts cannot be had."""

    caught = at("usage $", *CALLING, "http/malformed")

    def handled(self, handled):
        counts = handled.answer.body.startswith(b'{"usage"')
        return handled._replace(answer=handled.answer._replace(status=500, body=b"")) if counts else handled


class PromisesTooLittle(Truth):
    """The content length of health is one too small."""

    caught = at("body $", "health/ready")

    def data(self, answer, data):
        length = len(answer.body)
        health = b'"version"' in answer.body
        return data.replace(b"length: %d" % length, b"length: %d" % (length - 1)) if health else data


class PromisesTooMuch(Truth):
    """The content length of a refusal is too large, and the rest never comes."""

    caught = at("", "validate/refused")
    verdict = "broken"

    def data(self, answer, data):
        length = len(answer.body)
        refused = answer.body.startswith(b'{"Consistency"')
        return data.replace(b"length: %d" % length, b"length: %d" % (length + 10)) if refused else data


class HangsUp(Truth):
    """Where there is no such path the connection is closed without an answer."""

    caught = at("", "http/unknown-path")
    verdict = "broken"

    def data(self, answer, data):
        return None if answer.status == 404 else data


class ServesOneCallAtATime(Truth):
    """An iterate call begins when the one before has been answered."""

    caught = at("model_request $[0].alone", *TOGETHER)

    def __init__(self, seat):
        super().__init__(seat)
        self._turn = asyncio.Lock()
        self._whose = None

    async def takes_over(self, request, _reader, _writer):
        if request.path == "/v1/iterate":
            await self._turn.acquire()
            self._whose = asyncio.current_task()
        return False

    async def before_answering(self, _answer):
        if self._whose is asyncio.current_task():
            self._whose = None
            self._turn.release()


class SpeaksNonsense(Truth):
    """The answer of a validator that accepts is no HTTP."""

    caught = at("", "validate/accepted")
    verdict = "broken"

    def data(self, answer, data):
        return b"hello" + data if answer.body.startswith(b'{"elapsed_ms"') else data


class AnswersTooLate(Truth):
    """The teapot takes longer than anybody waits."""

    caught = at("", "chat/teapot")
    verdict = "broken"

    async def before_answering(self, answer):
        if answer.status == 418:
            await asyncio.sleep(60)


class ChangesItsMind(Truth):
    """Every second refusal is worded differently."""

    caught = at("body $.Consistency.reason", "validate/refused")
    verdict = "unstable"

    def __init__(self, seat):
        super().__init__(seat)
        self._count = 0

    def handled(self, handled):
        if is_iterate(handled) or not handled.answer.body.startswith(b'{"Consistency"'):
            return handled
        self._count += 1
        body = handled.answer.body.replace(b"city", b"town") if self._count % 2 else handled.answer.body
        return handled._replace(answer=handled.answer._replace(body=body))


class LiesOnlyOnce(Truth):
    """The first answer of an accepted call lacks its trace id, and no later one does."""

    caught = at("body $.trace_id", "iterate/accepted")
    verdict = "unstable"

    def __init__(self, seat):
        super().__init__(seat)
        self._lied = False

    def handled(self, handled):
        accepted = is_iterate(handled) and handled.row["model"] == "iterate/accepted"
        if not accepted or self._lied:
            return handled
        self._lied = True
        return handled._replace(answer=with_body(handled.answer, lambda body: body.pop("trace_id")))


LIES = [lie for lie in globals().values() if isinstance(lie, type) and issubclass(lie, Truth) and lie.caught]
