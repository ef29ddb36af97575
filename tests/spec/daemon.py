"""The service driven in process: requests in, scripted providers behind, everything it leaves in hand."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from lakehouse_spec.dialects import Dialect
from lakehouse_spec.roster import roster
from lakehouse_spec.service import (
    Handled,
    HttpRequest,
    ProviderAnswer,
    ProviderCall,
    ProviderKind,
    Settings,
    UsageBook,
    handle,
)

ROSTER_FILE = Path(__file__).parents[2] / "fixtures/roster/workers.jsonl"
ROSTER = roster(json.loads(line) for line in ROSTER_FILE.read_text().splitlines())
SERDE, GO = Dialect.SERDE_JSON, Dialect.ENCODING_JSON
PROVIDERS = {"open": ProviderKind.OPENAI, "oll": ProviderKind.OLLAMA}
SETTINGS = Settings(SERDE, "gateway", "1.2.3", ROSTER, PROVIDERS, session_log=True, langfuse=True)
GO_SETTINGS = SETTINGS._replace(dialect=GO, daemon="validatord")
JSON_HEADERS = ((b"Content-Type", b"application/json"),)
GOOD_FILL = '{"fills":[{"candidate_id":"W-001"}]}'
ITERATE = {"kind": "fill", "prompt": "P", "provider": "open", "model": "m"}
ARRIVAL = datetime(2026, 3, 1, 12, 0, 0, 1000, tzinfo=UTC)


@dataclass
class Exchange:
    """What one request led to."""

    handled: Handled
    calls: list[ProviderCall]
    moments: list[datetime]

    @property
    def status(self):
        return self.handled.answer.status

    @property
    def text(self):
        return self.handled.answer.body.decode()

    @property
    def json(self):
        return json.loads(self.handled.answer.body)

    def sent(self, index):
        return json.loads(self.calls[index].body)

    def prompt(self, index):
        return self.sent(index)["messages"][-1]["content"]


def ask(path, body, *replies, settings=SETTINGS, headers=JSON_HEADERS, method="POST", usage=None):  # noqa: PLR0913  # a request has so many parts
    """Drive one request; a reply is a raw answer, or a ProviderAnswer or ProviderSilence."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    ticks, moments, ids, calls = count(), [], count(1), []

    def clock():
        moments.append(ARRIVAL + timedelta(milliseconds=next(ticks)))
        return moments[-1]

    handling = handle(
        settings,
        HttpRequest(method, path, headers, body),
        clock,
        lambda: f"{next(ids):016x}",
        usage or UsageBook(),
    )
    try:
        call = next(handling)
        while True:
            calls.append(call)
            call = handling.send(_outcome(replies[len(calls) - 1]))
    except StopIteration as stop:
        return Exchange(stop.value, calls, moments)


def iterate(*replies, settings=SETTINGS, headers=JSON_HEADERS, **members):
    """Drive one iterate call whose request has these members besides the usual ones."""
    return ask("/v1/iterate", {**ITERATE, **members}, *replies, settings=settings, headers=headers)


def answer(body, status=200, content_type="application/json"):
    """A provider's answer with this body."""
    return ProviderAnswer(
        status, content_type, body if isinstance(body, bytes) else json.dumps(body).encode()
    )


def said(content):
    """A provider's answer in which the model says this."""
    return answer({"choices": [{"message": {"content": content}}]})


def _outcome(reply):
    return said(reply) if isinstance(reply, str) else reply
