"""What the scripted model says: read from a probe, and played as bytes in either provider's shape.

The same function plays for the daemons, over HTTP, and for the reference, in process.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity import lossless
from lakehouse_parity.fields import Fields
from lakehouse_parity.model import Fault, Step
from lakehouse_parity.yamlio import Items, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse_parity.model import Tree

OLLAMA_PATH = "/api/chat"
OPENAI_PATH = "/v1/chat/completions"
PATHS = (OPENAI_PATH, OLLAMA_PATH)
_COUNT = re.compile(b"[0-9]{1,18}")
_MOST_TIMES = 10_000
_SAYS = ("reply", "json", "content", "answer", "fault")


class Played(Struct, frozen=True):
    """One answer of the model, ready to be sent."""

    status: int
    content_type: str
    """Empty where none is sent."""
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    fault: Fault | None = None
    delay: float = 0.0
    meets: str = ""
    chunked: bool = False


EXHAUSTED = Played(500, "text/plain", b"the script has no further step")


def play(script: Sequence[Step], call: int, path: str, model: str) -> Played:
    """The answer to the call with that index (from 0) on a provider's path."""
    if call >= len(script):
        return EXHAUSTED
    step = script[call]
    body = step.body if step.body is not None else lossless.write(_shaped(step, path, model)).encode()
    return Played(
        step.status, step.content_type, body, step.headers, step.fault, step.delay, step.meets, step.chunked
    )


def _shaped(step: Step, path: str, model: str) -> Tree:
    message = {"role": "assistant", "content": step.content}
    if path == OLLAMA_PATH:
        return {
            "model": model,
            "message": message,
            "done": True,
            **_counts(step, "prompt_eval_count", "eval_count"),
        }
    choice = {"index": b"0", "message": message, "finish_reason": "stop"}
    counts = _counts(step, "prompt_tokens", "completion_tokens")
    return {
        "object": "chat.completion",
        "model": model,
        "choices": [choice],
        **({"usage": counts} if counts else {}),
    }


def _counts(step: Step, prompt: str, completion: str) -> dict[str, Tree]:
    if step.tokens is None:
        return {}
    return {prompt: str(step.tokens[0]).encode(), completion: str(step.tokens[1]).encode()}


def read_script(fields: Fields) -> tuple[Step, ...]:
    """The steps under `model:`. Raises Mistake."""
    steps = (_steps(Fields(item, "a step of the model", place)) for item, place in fields.items("model"))
    return tuple(chain.from_iterable(steps))


def _steps(fields: Fields) -> Sequence[Step]:
    """One step, as often as it says."""
    times = fields.number("times", 1, 1, _MOST_TIMES)
    return [_step(fields)] * times


def _step(fields: Fields) -> Step:
    says = [key for key in _SAYS if fields.has(key)]
    if len(says) != 1:
        fields.fail(f"a step of the model needs exactly one of {', '.join(_SAYS)}; it has {len(says)}")
    step = _READERS[says[0]](fields, _tokens(fields), fields.number("delay_ms", 0, 0, 600_000) / 1000)
    step = replace(step, meets=fields.get("meets", str) or "", chunked=bool(fields.get("chunked", bool)))
    fields.close()
    return step


def _tokens(fields: Fields) -> tuple[int, int] | None:
    counts = fields.get("tokens", Items)
    if counts is None:
        return None
    if [isinstance(count, bytes) and bool(_COUNT.fullmatch(count)) for count in counts] != [True, True]:
        fields.fail("'tokens' is a list of two counts: prompt and completion", "tokens")
    return int(counts[0]), int(counts[1])


def _reply(fields: Fields, tokens: tuple[int, int] | None, delay: float) -> Step:
    return Step(content=fields.need("reply", str), tokens=tokens, delay=delay)


def _json(fields: Fields, tokens: tuple[int, int] | None, delay: float) -> Step:
    return Step(content=lossless.write(fields.any("json")), tokens=tokens, delay=delay)


def _content(fields: Fields, tokens: tuple[int, int] | None, delay: float) -> Step:
    return Step(content=plain(fields.any("content")), tokens=tokens, delay=delay)


def _answer(fields: Fields, _tokens: tuple[int, int] | None, delay: float) -> Step:
    section = fields.fields("answer")
    assert section is not None
    status = section.number("status", 200, 200, 599)
    data = lossless.write(section.any("json")).encode() if section.has("json") else section.data()
    given = section.get("content_type", str)
    content_type = "application/json" if given is None else given
    headers = tuple((name.decode(), value.decode()) for name, value in section.headers())
    section.close()
    return Step(status=status, body=data, content_type=content_type, headers=headers, delay=delay)


def _fault(fields: Fields, _tokens: tuple[int, int] | None, delay: float) -> Step:
    name = fields.need("fault", str)
    try:
        return Step(fault=Fault(name), delay=delay)
    except ValueError:
        fields.fail(f"unknown fault {name!r}: {', '.join(fault.value for fault in Fault)}", "fault")


_READERS = {"reply": _reply, "json": _json, "content": _content, "answer": _answer, "fault": _fault}
