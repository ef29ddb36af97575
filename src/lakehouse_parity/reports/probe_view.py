"""One recorded probe whole, for a terminal: request, what each side did, where they differ, how to repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.rule import Rule
from rich.text import Text

from lakehouse_parity.redaction import redacted
from lakehouse_parity.reports import styles
from lakehouse_parity.reports.json_text import indented
from lakehouse_parity.reports.repeating import command, curls
from lakehouse_parity.reports.wording import NAMES, further, safe, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from lakehouse_parity.events import Judged, RuntimeFacts
    from lakehouse_parity.model import Observation, Outcome, Verdict

LONGEST = 2_000
"""Characters of a differing value that are shown; the whole stands below, in the answer or the evidence."""

_NAME = r'^ *"(?:[^"\\]|\\.)*"(?=: )'

Message = tuple[str, tuple[tuple[str, str], ...], bytes]
"""First line, headers, body: what an answer, a call, a row and a span have in common."""


def show(judged: Judged, recorded: Verdict, runtimes: Mapping[str, RuntimeFacts], console: Console) -> None:
    """Print the probe."""
    outcome = judged.outcome
    _head(console, outcome, recorded)
    if outcome.differences:
        _title(console, "Differences")
    for number, found in enumerate(outcome.differences):
        if number:
            console.print()
        styles.difference(console, found, LONGEST)
    _request(console, outcome)
    for title, messages in _surfaces(judged.seen).items():
        _surface(console, title, messages)
    _clauses(console, outcome)
    _again(console, outcome, runtimes)


def _head(console: Console, outcome: Outcome, recorded: Verdict) -> None:
    verdict = (outcome.verdict.value, styles.verdict_style(outcome.verdict))
    styles.emit(console, Text.assemble((safe(outcome.probe.id), "bold"), "  ", verdict))
    styles.emit(console, Text(safe(outcome.reason)))
    if recorded is not outcome.verdict:
        told = f"recorded as {recorded.value}; judged by today's rules and known list"
        styles.emit(console, Text(told, "yellow"))

    for line in filter(None, (outcome.probe.why, str(outcome.probe.place))):
        styles.emit(console, Text(safe(line), "dim"))


def _title(console: Console, title: str) -> None:
    console.print()
    if console.is_terminal:
        console.print(Rule(Text(title, "bold"), align="left", style="dim"))
    else:
        console.print(Text(f"== {title} =="))


def _request(console: Console, outcome: Outcome) -> None:
    request = outcome.probe.request
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in redacted(request.headers)
    )
    _title(console, "Request")
    _message(console, (f"{request.method} {request.path}", headers, request.body))


def _surfaces(seen: Mapping[str, Observation]) -> dict[str, dict[str, list[Message]]]:
    """What was seen, by surface and side; surfaces that no side has anything of are left out."""
    found: dict[str, dict[str, list[Message]]] = {}
    for side, observation in seen.items():
        for title, messages in _seen(observation):
            found.setdefault(title, {})[side] = messages
    return {title: sides for title, sides in found.items() if any(sides.values())}


def _seen(observation: Observation) -> Iterable[tuple[str, list[Message]]]:
    answer = observation.answer
    yield "Answers", [(str(answer.status), redacted(answer.headers), answer.body)] if answer else []
    calls = observation.model_requests or ()
    yield "Model requests", [(f"POST {call.path}", redacted(call.headers), call.body) for call in calls]
    yield "Session rows", [("", (), row) for row in observation.rows or ()]
    yield "Spans", [("", (), span) for span in observation.spans or ()]
    yield "Traces", [("", (), trace) for trace in observation.traces or ()]
    if observation.in_time is not None:
        yield "Waited for no Langfuse", [("yes" if observation.in_time else "no", (), b"")]
    yield "Usage", [("", (), data) for data in (observation.usage,) if data]
    yield "Extraction", [("", (), data) for data in (observation.extraction,) if data]
    yield "Not observed", [(observation.failure, (), b"")] if observation.failure else []


def _surface(console: Console, title: str, sides: Mapping[str, list[Message]]) -> None:
    _title(console, title)
    told: dict[str, list[Message]] = {}
    for side, messages in sides.items():
        if side == "reference_go" and messages == told.get("reference"):
            continue
        styles.emit(console, Text(NAMES[side], "bold cyan"))
        if not messages:
            styles.emit(console, Text("none", "dim"), 2)
        for number, message in enumerate(messages):
            if len(messages) > 1:
                styles.emit(console, Text(f"$[{number}]", "cyan"), 2)
            _message(console, message, _twin(told, number, message))
        told[side] = messages


def _twin(told: Mapping[str, list[Message]], number: int, message: Message) -> str:
    """The side told before that has the same body in the same place."""
    line_and_body = (message[0], message[2])
    for side, messages in told.items():
        if number < len(messages) and (messages[number][0], messages[number][2]) == line_and_body:
            return side
    return ""


def _message(console: Console, message: Message, twin: str = "") -> None:
    line, headers, body = message
    if line:
        styles.emit(console, Text(safe(line), "bold"), 2)
    for name, value in headers:
        styles.emit(console, Text(safe(f"{name}: {value}"), "dim"), 2)
    if twin and body:
        styles.emit(console, Text(f"(the same {len(body):,} bytes as {NAMES[twin]})", "dim italic"), 2)
    else:
        for text in _body(body):
            styles.emit(console, text, 2)


def _body(data: bytes) -> Sequence[Text]:
    """JSON on several lines, other text as it is, and what is no text as its bytes."""
    pretty = indented(data)
    if pretty is not None:
        return [_json_line(line) for line in pretty.split("\n")]
    try:
        return [Text(safe(line)) for line in data.decode().split("\n")] if data else []
    except UnicodeDecodeError:
        return [Text(f"not UTF-8, {len(data):,} bytes: "), Text(data.hex(" "))]


def _json_line(line: str) -> Text:
    text = Text(safe(line))
    text.highlight_regex(_NAME, "cyan")
    return text


def _clauses(console: Console, outcome: Outcome) -> None:
    """The sentences that it was judged by, and what was masked or not looked at."""
    _title(console, "Clauses")
    for clause in dict.fromkeys((*outcome.probe.clauses, *(found.clause for found in outcome.differences))):
        styles.emit(console, Text(sentence(clause)), 2)
    for name, text in further(outcome).items():
        styles.emit(console, Text(f"{name}: {safe(text)}", "dim"), 2)


def _again(console: Console, outcome: Outcome, runtimes: Mapping[str, RuntimeFacts]) -> None:
    _title(console, "Again")
    styles.emit(console, Text(command(outcome.probe, runtimes)), 2)
    for _, line in curls(outcome.probe.request, runtimes):
        console.print(Text(f"  {line}"), soft_wrap=True)
