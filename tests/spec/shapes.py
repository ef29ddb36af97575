"""One example of every shape on the wire, and every way to break one thing in it."""

import copy

from jsonschema_rs import is_valid

EXAMPLES = {
    "iterate-request": {"kind": "fill", "prompt": "p", "provider": "o", "model": "m", "max_iterations": 3},
    "iterate-200": {
        "artifact": {},
        "validation": {"findings": [{"field": "f", "severity": "info", "message": "m"}], "elapsed_ms": 0},
        "iterations": 2,
        "history": [
            {"iteration": 0, "raw": "", "status": {"kind": "no_json"}},
            {"iteration": 1, "raw": "{}", "status": {"kind": "accepted"}},
        ],
        "trace_id": "t",
    },
    "iterate-422": {
        "error": "max iterations reached (1) without passing validation",
        "iterations": 1,
        "history": [{"iteration": 0, "raw": "{}", "status": {"kind": "validation_failed", "error": "{}"}}],
    },
    "validate-request": {"kind": "email", "artifact": None, "context": 1},
    "validate-200": {"findings": [], "elapsed_ms": 1},
    "validate-422": {"Schema": {"field": "to", "reason": "expected a string"}},
    "chat-request": {"provider": "o", "model": "m", "messages": [{"role": "user", "content": "hi"}]},
    "chat-translated": {
        "choices": [{"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}],
        "model": "m",
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    },
    "usage": {
        "usage": [
            {
                "provider": "o",
                "model": "m",
                "requests": 1,
                "failures": 0,
                "prompt_tokens": 0,
                "completion_tokens": 0,
            }
        ]
    },
    "health": {"status": "ok", "daemon": "gateway", "version": "1"},
    "session-row": {
        "schema": "session.iterate.v1",
        "session_id": "t",
        "timestamp": "2026-03-01T12:00:00.001Z",
        "daemon": "validatord",
        "kind": "playbook",
        "model": "m",
        "provider": "o",
        "prompt": "",
        "iterations": 1,
        "max_iterations": 3,
        "final_verdict": "accepted",
        "attempts": [{"iteration": 0, "verdict_kind": "accepted", "span_id": "0123456789abcdef"}],
        "artifact": {},
        "duration_ms": 0,
    },
    "span": {
        "id": "0123456789abcdef",
        "traceId": "t",
        "name": "iterate.attempt",
        "startTime": "2026-03-01T12:00:00Z",
        "endTime": "2026-03-01T12:00:00.000001+00:00",
        "input": {"prompt": "p"},
        "output": {"raw": "r"},
        "metadata": {"iteration": 0, "model": "m", "provider": "o", "verdict": "no_json"},
    },
    "trace": {"id": "t", "name": "iterate"},
}
EXAMPLES["ingestion-batch"] = {
    "batch": [
        {
            "id": "1",
            "type": "trace-create",
            "timestamp": "2026-03-01T12:00:00Z",
            "body": EXAMPLES["trace"],
        },
        {"id": "2", "type": "span-create", "timestamp": "2026-03-01T12:00:00Z", "body": EXAMPLES["span"]},
    ]
}


def broken(schema, example):
    """Each (what is broken, the example with that one thing broken)."""
    for path, what, change in _changes(schema, example, ()):
        copied = copy.deepcopy({"$": example})
        place = copied
        for part in ("$", *path):
            place = place[part]
        change(place)
        yield f"{'.'.join(map(str, path))} {what}", copied["$"]


def _changes(schema, value, path):
    for option in schema.get("oneOf", ()):
        if is_valid(option, value):
            yield from _changes(option, value, path)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _changes(schema["items"], item, (*path, index))
    elif isinstance(value, dict) and "properties" in schema:
        yield from _members(schema, value, path)


def _members(schema, value, path):
    for name in schema["required"]:
        yield path, f"without {name}", lambda place, name=name: place.pop(name)
    if schema["additionalProperties"] is False:
        yield path, "with more", lambda place: place.update(more=1)
    for name, part in schema["properties"].items():
        if name in value:
            for wrong in _wrong(part):
                yield (
                    path,
                    f"with {name} {wrong!r}",
                    lambda place, name=name, wrong=wrong: place.update({name: wrong}),
                )
            yield from _changes(part, value[name], (*path, name))


def _wrong(part):
    """Values that a member cannot have: of another type, null where it is not spelled out, another word."""
    if "const" in part:
        return ["another", None]
    if "not" in part:
        return [None]
    types = part.get("type", [])
    wrong = [] if "null" in types or not types else [None]
    if types:
        wrong.append({} if "array" in types else [])
    if "enum" in part:
        wrong.append("another")
    if part.get("minimum") is not None:
        wrong.append(part["minimum"] - 1)
    return wrong + (["", "é\n"] if "pattern" in part else [])
