"""Every shape has a schema that takes what the reference sends, and nothing with one thing broken."""

import copy
import json
from collections import defaultdict
from functools import cache
from typing import Annotated, NotRequired, TypedDict

import pytest
from jsonschema_rs import meta, validator_for
from tests.harness.observing import every_probe, observed, references
from tests.spec.daemon import GO_SETTINGS, GOOD_FILL, SETTINGS, ask, iterate
from tests.spec.shapes import EXAMPLES, broken

from lakehouse_parity.cli import main
from lakehouse_parity.wire.reading import received
from lakehouse_spec import spans
from lakehouse_spec.clauses import CLAUSES
from lakehouse_spec.responses import RAW_LENGTH
from lakehouse_spec.schemas import DRAFT, SHAPES, schema
from lakehouse_spec.schemas.derive import derive
from lakehouse_spec.session import PROMPT_LENGTH, SCHEMA
from lakehouse_spec.usage import UsageBook

PATHS = {
    ("/v1/iterate", 200): "iterate-200",
    ("/v1/iterate", 422): "iterate-422",
    ("/v1/validate", 200): "validate-200",
    ("/v1/validate", 422): "validate-422",
    ("/health", 200): "health",
}
REQUESTS = {
    "/v1/iterate": "iterate-request",
    "/v1/validate": "validate-request",
    "/v1/chat": "chat-request",
}


def parts(tree):
    """A schema with everything below it that is a schema."""
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from parts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from parts(value)


@cache
def validator(name):
    return validator_for(schema(name))


@cache
def sent():
    """What the reference sends over all probes and in both dialects, by shape."""
    found = defaultdict(list)
    for one in every_probe().values():
        for runtime in references():
            for name, data in _told(one, observed(one.id, runtime)):
                found[name].append(data)
    for settings in (SETTINGS, GO_SETTINGS):
        book = UsageBook()
        for count in iterate(GOOD_FILL, settings=settings).handled.usage:
            book.add(count)
        found["usage"].append(ask("/v1/usage", b"", method="GET", settings=settings, usage=book).json)
        for data in _batch(settings):
            found["trace" if "name" in data else "ingestion-batch"].append(data)
    return found


def _told(one, seen):
    (path, body), status = received(one.request), seen.answer.status
    if seen.refusal is None and path in REQUESTS:
        yield REQUESTS[path], _read(body)
    if seen.refusal is None and one.request.method != "HEAD" and (path, status) in PATHS:
        yield PATHS[path, status], _read(seen.answer.body)
    if path == "/v1/chat" and status == 200 and "ollama" in one.needs:
        yield "chat-translated", _read(seen.answer.body)
    yield from (("session-row", _read(row)) for row in seen.rows or ())
    yield from (("span", _read(span)) for span in seen.spans or ())


def _batch(settings):
    handled = iterate(GOOD_FILL, settings=settings).handled
    yield handled.trace
    moment = iterate(GOOD_FILL).moments[0]
    events = [spans.event("e-0", "trace-create", moment, handled.trace)]
    events += [
        spans.event(f"e-{index}", "span-create", moment, span) for index, span in enumerate(handled.spans, 1)
    ]
    yield {"batch": events}


def _read(data):
    try:
        return json.loads(data.decode("utf-8", "replace"))
    except RecursionError:
        return None


@pytest.mark.parametrize("name", SHAPES)
def test_a_schema_is_one_of_2020_12_whole_and_described(name):
    whole = schema(name)
    meta.validate(whole)
    assert (whole["$schema"], whole["$id"], whole["title"]) == (DRAFT, f"urn:lakehouse:{name}", name)
    assert whole["description"]
    assert all(part.get("description") for part in whole["properties"].values())
    named = {clause for part in parts(whole) for clause in part.get("x-clauses", ())}
    assert named <= CLAUSES.keys()
    assert whole["x-clauses"]


@pytest.mark.parametrize("name", SHAPES)
def test_a_schema_takes_all_that_the_reference_sends(name):
    assert sent()[name], "the reference sends none over all probes"
    refused = [data for data in sent()[name] if data is not None and not validator(name).is_valid(data)]
    assert refused == []


@pytest.mark.parametrize("name", SHAPES)
def test_a_schema_takes_its_example(name):
    validator(name).validate(EXAMPLES[name])


BROKEN = [(name, what, data) for name in SHAPES for what, data in broken(schema(name), EXAMPLES[name])]


@pytest.mark.parametrize(
    ("name", "what", "data"), BROKEN, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_schema_refuses_one_broken_thing(name, what, data):
    assert not validator(name).is_valid(data), what


def test_every_required_member_of_every_shape_was_broken():
    assert len(BROKEN) > 250
    assert {name for name, what, _ in BROKEN if " without " in what} == set(SHAPES)


def test_null_and_absent_are_told_apart():
    row, span, accepted = (copy.deepcopy(EXAMPLES[name]) for name in ("session-row", "span", "iterate-200"))
    row["artifact"] = row["grounded_in_roster"] = row["attempts"][0]["error"] = None
    assert validator("session-row").is_valid(row)
    span["output"] = None
    assert not validator("span").is_valid(span)
    accepted["trace_id"] = None
    assert not validator("iterate-200").is_valid(accepted)
    del accepted["trace_id"]
    assert validator("iterate-200").is_valid(accepted)


@pytest.mark.parametrize("name", ["iterate-request", "validate-request", "chat-request", "trace"])
def test_unknown_members_are_ignored_where_the_clauses_say_so(name):
    assert validator(name).is_valid({**EXAMPLES[name], "more": 1})


@pytest.mark.parametrize(
    "error",
    [
        {},
        {"Schema": {"field": "a", "reason": "b"}, "Policy": {"reason": "c"}},
        {"Policy": {"field": "a", "reason": "b"}},
        {"Other": {"reason": "a"}},
        {"schema": {"field": "a", "reason": "b"}},
    ],
)
def test_a_validation_error_is_exactly_one_of_the_four(error):
    assert not validator("validate-422").is_valid(error)


def test_the_lengths_and_words_are_those_of_the_code():
    row, attempt = (
        schema("session-row")["properties"],
        schema("iterate-422")["properties"]["history"]["items"],
    )
    assert row["prompt"]["maxLength"] == PROMPT_LENGTH
    assert row["schema"]["const"] == SCHEMA
    assert attempt["properties"]["raw"]["maxLength"] == RAW_LENGTH


def test_characters_are_counted_and_not_bytes():
    exhausted = copy.deepcopy(EXAMPLES["iterate-422"])
    exhausted["history"][0]["raw"] = "\N{GRINNING FACE}" * RAW_LENGTH
    assert validator("iterate-422").is_valid(exhausted)
    exhausted["history"][0]["raw"] += "x"
    assert not validator("iterate-422").is_valid(exhausted)


class Model(TypedDict):
    """A shape (IT-1)."""

    may_be_null: int | None
    may_be_absent: NotRequired[Annotated[str, "Its meaning (IT-2)."]]


def test_a_models_meaning_stands_in_one_place():
    assert derive(Model) == {
        "description": "A shape (IT-1).",
        "x-clauses": ["IT-1"],
        "type": "object",
        "required": ["may_be_null"],
        "properties": {
            "may_be_null": {"type": ["integer", "null"]},
            "may_be_absent": {"description": "Its meaning (IT-2).", "x-clauses": ["IT-2"], "type": "string"},
        },
        "additionalProperties": False,
    }


def test_a_type_that_no_shape_has_is_refused():
    with pytest.raises(TypeError, match="no wire shape has the type"):
        derive(set)


def test_the_command_lists_prints_and_writes_them(tmp_path, capsys):
    assert main(["schemas"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(SHAPES)
    assert main(["schemas", "trace"]) == 0
    assert json.loads(capsys.readouterr().out) == schema("trace")
    assert main(["schemas", "--out", str(tmp_path / "new")]) == 0
    written = {path.name: json.loads(path.read_text()) for path in (tmp_path / "new").iterdir()}
    assert written == {f"{name}.schema.json": schema(name) for name in SHAPES}
    assert main(["schemas", "nothing"]) == 2
    assert "there is no schema 'nothing'" in capsys.readouterr().err
