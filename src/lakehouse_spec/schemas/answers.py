"""The answers of every endpoint, as models from which their schemas are derived (chapters IT, VA, CH, US)."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from lakehouse_spec.iterate import Verdict
from lakehouse_spec.responses import RAW_LENGTH
from lakehouse_spec.schemas.derive import Limit
from lakehouse_spec.validate.report import Severity

# No postponed annotations in this file: the schemas are derived from them.

Object = dict[str, Any]
Count = Annotated[int, Limit("minimum", 0)]
TraceId = Annotated[str, Limit("pattern", r"^[\t\x20-\x7e]+$")]


class Finding(TypedDict):
    """One remark on an accepted artifact (VA-4)."""

    field: Annotated[str, "The path of the member that it is about (VA-4, VA-8)."]
    severity: Annotated[Severity, "How much it weighs; none refuses the artifact (VA-4)."]
    message: Annotated[str, "The remark in words (VA-4)."]


class Report(TypedDict):
    """The answer of `/v1/validate` to an artifact that it accepts: 200 (VA-4, VA-3)."""

    findings: Annotated[list[Finding], "The remarks in order; often none (VA-4)."]
    elapsed_ms: Annotated[Count, "How long it took, in whole milliseconds (VA-4)."]


class SchemaReason(TypedDict):
    """The artifact does not have the shape (VA-5, VA-8)."""

    field: Annotated[str, "The path of the member, such as `fills[0].candidate_id` (VA-8)."]
    reason: Annotated[str, "What is wrong with it, in the words of the clauses (VA-8)."]


class Reason(TypedDict):
    """Why the artifact is refused (VA-5)."""

    reason: Annotated[str, "The error text, which the model reads on its next attempt (VA-5)."]


class Refused(TypedDict):
    """The answer of `/v1/validate` to an artifact that it refuses: the first failing check (VA-5, VA-6)."""

    Schema: NotRequired[Annotated[SchemaReason, "The artifact does not have the shape (VA-5)."]]
    Completeness: NotRequired[Annotated[Reason, "Something is missing, or too much (VA-5)."]]
    Consistency: NotRequired[Annotated[Reason, "It contradicts the roster, the context or itself (VA-5)."]]
    Policy: NotRequired[Annotated[Reason, "It holds what must not be there (VA-5)."]]


ValidationError = Annotated[Refused, Limit("minProperties", 1), Limit("maxProperties", 1)]
"""Externally tagged: exactly one of the four (VA-5)."""


class NoJson(TypedDict):
    """The raw answer holds no object (IT-9, IT-18)."""

    kind: Literal[Verdict.NO_JSON]


class ValidationFailed(TypedDict):
    """The validate hop did not accept the artifact (IT-18)."""

    kind: Literal[Verdict.VALIDATION_FAILED]
    error: Annotated[str, "The serialised error: a string that holds JSON (IT-11, IT-18)."]


class AttemptAccepted(TypedDict):
    """The validate hop accepted the artifact (IT-10, IT-18)."""

    kind: Literal[Verdict.ACCEPTED]


class Attempt(TypedDict):
    """One attempt in the history of an answer (IT-17)."""

    iteration: Annotated[Count, "Counted from 0 (IT-17)."]
    raw: Annotated[str, "The model's text, cut to 2000 characters (IT-17).", Limit("maxLength", RAW_LENGTH)]
    status: Annotated[NoJson | ValidationFailed | AttemptAccepted, "How it ended (IT-18)."]


History = Annotated[list[Attempt], "One entry per attempt, in order (IT-17).", Limit("minItems", 1)]
AnswerId = Annotated[TraceId, "The id of the call; left out where there is none, never null (TR-5)."]


class Accepted(TypedDict):
    """The answer of `/v1/iterate` with an accepted artifact: 200 (IT-15)."""

    artifact: Annotated[Object, "What was accepted: always an object (IT-15, EX-1)."]
    validation: Annotated[Report, "The validate hop's answer to it (IT-15)."]
    iterations: Annotated[int, "The number of attempts made (IT-15).", Limit("minimum", 1)]
    history: History
    trace_id: NotRequired[AnswerId]


class Exhausted(TypedDict):
    """The answer of `/v1/iterate` where no attempt was accepted: 422 (IT-16)."""

    error: Annotated[
        str,
        "The one sentence, with the effective maximum (IT-16).",
        Limit("pattern", r"^max iterations reached \([1-9][0-9]*\) without passing validation$"),
    ]
    iterations: Annotated[int, "The effective maximum (IT-16, IT-4).", Limit("minimum", 1)]
    history: History
    trace_id: NotRequired[AnswerId]


class Choice(TypedDict):
    """The one choice of a translated answer (CH-6)."""

    index: Annotated[Literal[0], "The first and only one (CH-6)."]
    message: Annotated[Any, "The message as it is, never null (CH-6).", Limit("not", {"type": "null"})]
    finish_reason: Annotated[Literal["stop"], "Always the same word (CH-6)."]


class Tokens(TypedDict):
    """The token counts of a translated answer (CH-6)."""

    prompt_tokens: Annotated[int, "From `prompt_eval_count` (CH-6)."]
    completion_tokens: Annotated[int, "From `eval_count` (CH-6)."]
    total_tokens: Annotated[int, "Their sum (CH-6)."]


class ChatAnswer(TypedDict):
    """The answer of `/v1/chat` as translated from Ollama's shape; any other is the provider's own (CH-6)."""

    choices: Annotated[
        list[Choice], "One choice; none where there was no message (CH-6).", Limit("maxItems", 1)
    ]
    model: Annotated[str, "The model that was requested (CH-6)."]
    usage: NotRequired[Annotated[Tokens, "Only where both counts were integers (CH-6)."]]


class UsageEntry(TypedDict):
    """The sums of one provider and model (US-1)."""

    provider: Annotated[str, "The provider asked (US-1)."]
    model: Annotated[str, "The model requested (US-1)."]
    requests: Annotated[Count, "Calls made to the provider, those of iterate's hops included (US-2)."]
    failures: Annotated[Count, "Those of them that failed (US-2)."]
    prompt_tokens: Annotated[int, "The sum over successful answers (US-3)."]
    completion_tokens: Annotated[int, "The sum over successful answers (US-3)."]


class Usage(TypedDict):
    """The answer of `GET /v1/usage` (US-1)."""

    usage: Annotated[list[UsageEntry], "Ordered by provider and then model (US-1)."]


class Health(TypedDict):
    """The answer of `GET /health` of a daemon that is ready (US-5)."""

    status: Annotated[Literal["ok"], "Ready (US-5)."]
    daemon: Annotated[Literal["gateway", "validatord"], "Who answers (US-5)."]
    version: Annotated[str, "The daemon's own version (US-5)."]
