"""`POST /v1/iterate`: ask, extract, validate, and ask again with the error (chapter IT).

The loop is a pure step function: `begin` gives the first state, `chat_request` says what the model
is asked in a state, and `advance` takes the chat hop's answer to the next state or to the end.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from lakehouse_spec.dialects import Dialect, Json, Refused, parse, serialise
from lakehouse_spec.extract import extract
from lakehouse_spec.requests import Kind, request_members
from lakehouse_spec.wire import HttpAnswer, reason

NO_JSON_FEEDBACK = (
    "\n\nYour previous attempt did not contain a JSON object."
    " Reply with ONLY a valid JSON object matching the requested artifact shape."
)
"""What follows the original prompt after an attempt without an object (IT-9)."""

FAILED_FEEDBACK = (
    "\n\nPrior attempt failed validation:\n{error}"
    "\n\nFix the specific issue above and respond with a corrected JSON object."
)
"""What follows the original prompt after a failed validation (IT-13)."""

CAUSE_LENGTH = 300
"""Unicode scalar values of a chat answer's body that its cause quotes (IT-20)."""


class Verdict(Enum):
    """How one attempt ended (IT-18, SE-10)."""

    NO_JSON = "no_json"
    """The raw answer holds no object."""
    VALIDATION_FAILED = "validation_failed"
    """The validate hop did not accept the artifact; the attempt has its error text."""
    ACCEPTED = "accepted"
    """The validate hop accepted the artifact."""
    INFRA_ERROR = "infra_error"
    """The chat hop failed; the attempt has the whole text of the 502 answer."""


class Stop(Enum):
    """Why the loop ended (SE-10)."""

    ACCEPTED = "accepted"
    """An artifact passed validation: status 200 (IT-15)."""
    MAXIMUM_REACHED = "max_iter_exhausted"
    """The last permitted attempt did not pass either: status 422 (IT-16)."""
    CHAT_FAILED = "infra_error"
    """A chat hop failed, which is never repeated: status 502 (IT-19)."""


class IterateRequest(NamedTuple):
    """What `/v1/iterate` was asked, with its defaults filled in (IT-1, IT-4, IT-5)."""

    kind: Kind
    """Which validator judges the artifact."""
    prompt: str
    """The original prompt, which every later one begins with (IT-14)."""
    provider: str
    """Handed on to the chat hop."""
    model: str
    """Handed on to the chat hop."""
    system: str | None
    """The system message; sent even if it is empty, left out if None (IT-7)."""
    context: Json
    """Handed on to the validate hop; null where absent (IT-10)."""
    max_iterations: int
    """The effective maximum, at least 1 (IT-4)."""
    temperature: float
    """0.2 where absent; an explicit 0 is sent as 0 (IT-5)."""
    max_tokens: int
    """4096 where absent; an explicit 0 is sent as 0 (IT-5)."""


def read_request(body: bytes, dialect: Dialect) -> IterateRequest:
    """Read a request body; raises `Malformed` (IT-1 to IT-5)."""
    names = IterateRequest._fields
    given = request_members(body, names, dialect)
    maximum = given.optional_count("max_iterations")
    temperature = given.optional_number("temperature")
    max_tokens = given.optional_count("max_tokens")
    return IterateRequest(
        kind=given.kind(),
        prompt=given.text("prompt"),
        provider=given.text("provider"),
        model=given.text("model"),
        system=given.optional_text("system"),
        context=given.any_json("context"),
        max_iterations=3 if maximum is None else max(1, maximum),
        temperature=0.2 if temperature is None else temperature,
        max_tokens=4096 if max_tokens is None else max_tokens,
    )


class Attempt(NamedTuple):
    """One turn of the loop, as far as it came."""

    iteration: int
    """Counted from 0."""
    prompt: str
    """The prompt as it was sent, with its feedback."""
    raw: str | None
    """The model's whole answer (IT-8); None where the chat hop failed."""
    verdict: Verdict
    """How it ended."""
    error: str | None
    """The error text of a failed validation or a failed chat hop; None otherwise."""


class State(NamedTuple):
    """The loop in front of an attempt."""

    request: IterateRequest
    """What was asked."""
    prompt: str
    """The prompt of the coming attempt."""
    attempts: tuple[Attempt, ...] = ()
    """What was tried before it; their number is the iteration."""


class Finished(NamedTuple):
    """The loop behind its last attempt."""

    request: IterateRequest
    """What was asked."""
    stop: Stop
    """Why it ended."""
    attempts: tuple[Attempt, ...]
    """Everything that was tried, in order; the last one ended the loop."""
    artifact: Json = None
    """The accepted artifact; null where there is none."""
    validation: Json = None
    """The validate hop's answer to it."""


Judge = Callable[[Json], HttpAnswer]
"""The validate hop: an artifact's serialised request in, the hop's answer out."""


def begin(request: IterateRequest) -> State:
    """Stand in front of iteration 0, with the request's own prompt (IT-7)."""
    return State(request, request.prompt)


def chat_request(state: State) -> dict[str, Json]:
    """Build the body of the chat hop: exactly these members (IT-6, IT-7)."""
    asked = state.request
    system: list[Json] = [] if asked.system is None else [{"role": "system", "content": asked.system}]
    return {
        "messages": [*system, {"role": "user", "content": state.prompt}],
        "provider": asked.provider,
        "model": asked.model,
        "temperature": asked.temperature,
        "max_tokens": asked.max_tokens,
    }


def validate_request(request: IterateRequest, artifact: Json) -> dict[str, Json]:
    """Build the body of the validate hop; the context is null where absent (IT-10)."""
    return {"kind": request.kind.value, "artifact": artifact, "context": request.context}


def advance(state: State, answer: HttpAnswer, judge: Judge, dialect: Dialect) -> State | Finished:
    """Take the chat hop's answer one step on; `judge` is the validate hop, called at most once."""
    try:
        raw = raw_of(chat_value(answer, dialect))
    except ChatFailure as failure:
        error = f"/v1/chat hop failed at iter {len(state.attempts)}: {failure}"
        return _finished(state, Stop.CHAT_FAILED, _attempt(state, None, Verdict.INFRA_ERROR, error))
    artifact = extract(raw, dialect)
    if artifact is None:
        return _again(state, _attempt(state, raw, Verdict.NO_JSON, None), NO_JSON_FEEDBACK)
    return _judged(state, raw, artifact, judge(artifact), dialect)


def _judged(
    state: State, raw: str, artifact: Json, judgement: HttpAnswer, dialect: Dialect
) -> State | Finished:
    """Accept the artifact (IT-15), or go on with the error text (IT-11 to IT-13)."""
    try:
        validation = parse(judgement.body, dialect)
    except Refused:
        error = "validate parse: not JSON"
    else:
        if judgement.succeeded:
            accepted = _attempt(state, raw, Verdict.ACCEPTED, None)
            return _finished(state, Stop.ACCEPTED, accepted, artifact, validation)
        error = serialise(validation, dialect)
    attempt = _attempt(state, raw, Verdict.VALIDATION_FAILED, error)
    return _again(state, attempt, FAILED_FEEDBACK.replace("{error}", error))


class ChatFailure(Exception):  # noqa: N818  # named after what happened
    """The chat hop failed; the message is the cause (IT-20, IT-22)."""


def chat_value(answer: HttpAnswer, dialect: Dialect) -> Json:
    """Read the chat hop's answer; raises `ChatFailure` with the cause.

    Outside 2xx the cause quotes the body, read as UTF-8 with one U+FFFD for each maximal
    ill-formed sequence (IT-20, IT-27); the library's own words behind `chat parse: ` are free (IT-22).
    """
    if not answer.succeeded:
        body = answer.body.decode("utf-8", "replace")[:CAUSE_LENGTH]
        raise ChatFailure(f"chat {answer.status} {reason(answer.status)}: {body}")
    try:
        return parse(answer.body, dialect)
    except Refused:
        raise ChatFailure("chat parse: not JSON") from None


def raw_of(answer: Json) -> str:
    """Take `choices[0].message.content` if it is a string, else the empty string (IT-8)."""
    choices = answer.get("choices") if isinstance(answer, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else ""


def _attempt(state: State, raw: str | None, verdict: Verdict, error: str | None) -> Attempt:
    return Attempt(len(state.attempts), state.prompt, raw, verdict, error)


def _again(state: State, attempt: Attempt, feedback: str) -> State | Finished:
    """Try again with the original prompt and this feedback alone (IT-14), unless the maximum is reached."""
    if attempt.iteration + 1 >= state.request.max_iterations:
        return _finished(state, Stop.MAXIMUM_REACHED, attempt)
    return State(state.request, state.request.prompt + feedback, (*state.attempts, attempt))


def _finished(
    state: State, stop: Stop, last: Attempt, artifact: Json = None, validation: Json = None
) -> Finished:
    return Finished(state.request, stop, (*state.attempts, last), artifact, validation)
