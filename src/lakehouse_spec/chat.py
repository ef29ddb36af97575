"""`POST /v1/chat`: the door to the model providers (chapter CH)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from lakehouse_spec import trace
from lakehouse_spec.dialects import Dialect, Json, Refused, parse, serialise
from lakehouse_spec.requests import Members, request_members
from lakehouse_spec.usage import UsageCount, integer
from lakehouse_spec.wire import (
    JSON_TYPE,
    HttpAnswer,
    HttpRequest,
    ProviderAnswer,
    ProviderCall,
    ProviderSilence,
    json_answer,
    succeeded,
    text_answer,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class ProviderKind(Enum):
    """Which shape a provider speaks."""

    OPENAI = "openai"
    """OpenAI's chat completions, below `BASE/v1/chat/completions` (CH-3)."""
    OLLAMA = "ollama"
    """Ollama's chat, below `BASE/api/chat` (CH-5)."""


PATHS: Mapping[ProviderKind, str] = {
    ProviderKind.OPENAI: "/v1/chat/completions",
    ProviderKind.OLLAMA: "/api/chat",
}
"""Where below its base URL a provider is asked."""


class Message(NamedTuple):
    """One message of the conversation; nothing but these two members goes on (CH-3)."""

    role: str
    """Who speaks, such as `system` or `user`."""
    content: str
    """What is said."""


class ChatRequest(NamedTuple):
    """What `/v1/chat` was asked (CH-1)."""

    provider: str
    """The name of a configured provider."""
    model: str
    """The model's name, as the provider knows it."""
    messages: tuple[Message, ...]
    """The conversation; it may be empty."""
    temperature: float | None
    """Sent only where given."""
    max_tokens: int | None
    """Sent only where given."""


def read_request(body: bytes, dialect: Dialect) -> ChatRequest:
    """Read a request body; raises `Malformed` (CH-1, CH-2)."""
    names = ("provider", "model", "messages", "temperature", "max_tokens")
    given = request_members(body, names, dialect)
    return ChatRequest(
        given.text("provider"),
        given.text("model"),
        tuple(_message(each) for each in given.objects("messages", ("role", "content"))),
        given.optional_number("temperature"),
        given.optional_count("max_tokens"),
    )


def _message(given: Members) -> Message:
    return Message(given.text("role"), given.text("content"))


def provider_call(
    chat: ChatRequest, kind: ProviderKind, request: HttpRequest, dialect: Dialect
) -> ProviderCall:
    """Put the request to the provider; the trace id's header is carried on as it came (TR-7)."""
    body = _openai_body(chat) if kind is ProviderKind.OPENAI else _ollama_body(chat)
    headers = (("content-type", JSON_TYPE), *trace.header(trace.received(request)))
    return ProviderCall(chat.provider, PATHS[kind], headers, serialise(body, dialect).encode())


def _messages(chat: ChatRequest) -> list[Json]:
    return [{"role": message.role, "content": message.content} for message in chat.messages]


def _given(**members: float | None) -> dict[str, Json]:
    """Keep the members that have a value; an explicit 0 is one (IT-5)."""
    return {name: value for name, value in members.items() if value is not None}


def _openai_body(chat: ChatRequest) -> dict[str, Json]:
    """Build OpenAI's request: exactly these members (CH-3)."""
    optional = _given(temperature=chat.temperature, max_tokens=chat.max_tokens)
    return {"model": chat.model, "messages": _messages(chat), **optional}


def _ollama_body(chat: ChatRequest) -> dict[str, Json]:
    """Build Ollama's request; `options` is `{}` where nothing is given (CH-5)."""
    options = _given(temperature=chat.temperature, num_predict=chat.max_tokens)
    return {"model": chat.model, "messages": _messages(chat), "stream": False, "options": options}


def conclude(
    chat: ChatRequest, kind: ProviderKind, outcome: ProviderAnswer | ProviderSilence, dialect: Dialect
) -> tuple[HttpAnswer, UsageCount]:
    """Answer the caller, and count the call (CH-4, CH-6, CH-7, US-2)."""
    if isinstance(outcome, ProviderSilence):
        return text_answer(502, f"provider '{chat.provider}': no answer"), _failure(chat)
    if not succeeded(outcome.status):
        return _as_it_is(outcome), _failure(chat)
    if kind is ProviderKind.OPENAI:
        return _as_it_is(outcome), _success(chat, _object(outcome.body, dialect))
    answered = _object(outcome.body, dialect)
    if answered is None:
        return text_answer(502, f"provider '{chat.provider}': unreadable answer"), _failure(chat)
    translated = _translated(chat, answered)
    return json_answer(outcome.status, serialise(translated, dialect)), _success(chat, translated)


def _as_it_is(outcome: ProviderAnswer) -> HttpAnswer:
    """Hand on the provider's status, content type and body, byte for byte (CH-4)."""
    headers = () if outcome.content_type is None else (("content-type", outcome.content_type),)
    return HttpAnswer(outcome.status, headers, outcome.body)


def _object(body: bytes, dialect: Dialect) -> dict[str, Json] | None:
    """Read a body as a JSON object; None where it is none in the dialect."""
    try:
        value = parse(body, dialect)
    except Refused:
        return None
    return value if isinstance(value, dict) else None


def _translated(chat: ChatRequest, answered: dict[str, Json]) -> dict[str, Json]:
    """Bring Ollama's answer into OpenAI's shape (CH-6); a null `message` is none."""
    message = answered.get("message")
    choice: dict[str, Json] = {"index": 0, "message": message, "finish_reason": "stop"}
    translated: dict[str, Json] = {"choices": [] if message is None else [choice], "model": chat.model}
    prompt = integer(answered.get("prompt_eval_count"))
    completion = integer(answered.get("eval_count"))
    if prompt is not None and completion is not None:
        translated["usage"] = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
    return translated


def _failure(chat: ChatRequest) -> UsageCount:
    return UsageCount(chat.provider, chat.model, failed=True)


def _success(chat: ChatRequest, answered: dict[str, Json] | None) -> UsageCount:
    """Count a success with the integers that stand under `usage` (US-3)."""
    usage = (answered or {}).get("usage")
    given = usage if isinstance(usage, dict) else {}
    prompt, completion = integer(given.get("prompt_tokens")), integer(given.get("completion_tokens"))
    return UsageCount(chat.provider, chat.model, False, prompt or 0, completion or 0)  # noqa: FBT003
