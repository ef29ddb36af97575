"""Session logs as the daemons write them, for tests and benchmarks: the same seed gives the same log."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random

TEXT = (
    "the worker shift in Toledo needs a Welder tomorrow at 7am please fill all places for this contract and "
    "check every badge é naïve 東京 🦀 \"quoted\" back\\slash line\nfeed tab\there <html> & 'apostrophe'"
)
WORDS = tuple(TEXT.split(" "))
MODELS = {"gpt-oss:120b": 0.5, "qwen3:32b": 0.35, "kimi-k2": 0.2}
ERRORS = (
    '{"Consistency":{"reason":"city \'Louisville\' doesn\'t match contract city \'Toledo\'"}}',
    '{"Consistency":{"reason":"candidate \'w-%d\' is not in the roster"}}',
    '{"Completeness":{"reason":"expected 3 fills, got %d"}}',
    '{"Schema":{"field":"fills[0].candidate_id","reason":"required member is missing"}}',
)
FAILURES = (
    "/v1/chat hop failed at iter 0: chat 500 Internal Server Error: boom",
    "/v1/chat hop failed at iter 1: chat hop: connection refused",
)
START = datetime(2026, 3, 1, 6, tzinfo=UTC)


def stamp(moment):
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rows(count, seed=1, *, start=START, gap=2000, words=60):
    """Rows in the order in which their calls ended, as a log has them."""
    random = Random(seed)
    ended = start
    for number in range(count):
        ended += timedelta(milliseconds=random.randint(0, gap))
        yield row(random, number, ended, words)


def row(random, number, ended, words=60):
    verdict = random.choices(("accepted", "max_iter_exhausted", "infra_error"), (80, 14, 6))[0]
    model = random.choice(tuple(MODELS))
    maximum = random.choice((2, 3, 3, 3, 4))
    made = maximum
    if verdict == "accepted":
        made = 1
        while made < maximum and random.random() > MODELS[model]:
            made += 1
    took = random.randint(40, 9000) * made
    told = {
        "schema": "session.iterate.v1",
        "session_id": f"{random.getrandbits(64):016x}-{number:08x}",
        "timestamp": stamp(ended - timedelta(milliseconds=took)),
        "daemon": random.choice(("gateway", "validatord")),
        "kind": random.choice(("fill", "email", "playbook")),
        "model": model,
        "provider": "ollama_cloud" if model != "kimi-k2" else "opencode",
        "prompt": text(random, words),
        "iterations": 0 if verdict == "infra_error" else made,
        "max_iterations": maximum,
        "final_verdict": verdict,
        "attempts": attempts(random, verdict, made),
        "duration_ms": took,
    }
    if verdict == "accepted":
        told["artifact"] = artifact(random, told["kind"])
        if told["kind"] == "fill":
            told["grounded_in_roster"] = random.random() < 0.95
    return told


def text(random, words):
    return " ".join(random.choices(WORDS, k=random.randint(words // 2, words * 2)))


def attempts(random, verdict, made):
    spans = [{"span_id": f"{random.getrandbits(64):016x}"} for _ in range(made)]
    if verdict == "infra_error":
        return [{"iteration": 0, "verdict_kind": "infra_error", "error": random.choice(FAILURES), **spans[0]}]
    failed = [{"iteration": place, **failure(random), **spans[place]} for place in range(made)]
    if verdict == "accepted":
        failed[-1] = {"iteration": made - 1, "verdict_kind": "accepted", **spans[-1]}
    return failed


def failure(random):
    if random.random() < 0.3:
        return {"verdict_kind": "no_json"}
    error = random.choice(ERRORS)
    return {"verdict_kind": "validation_failed", "error": error.replace("%d", str(random.randint(0, 40)))}


def artifact(random, kind):
    if kind == "fill":
        fills = [{"candidate_id": f"w-{random.randint(1, 99999)}", "name": "Ann Lee"} for _ in range(3)]
        return {"fills": fills, "score": round(random.random(), 3), "note": text(random, 10)}
    if kind == "email":
        return {"to": "ann@example.com", "subject": "Shift", "body": text(random, 30)}
    return {
        "operation": "fill: Welder x2 in Toledo, OH",
        "endorsed_names": ["Ann Lee"],
        "fingerprint": "f" * 64,
    }


def line(told):
    """As serde_json and encoding/json write it: compact, and no more escapes than needed."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def write(path, told):
    path.write_bytes(b"".join(map(line, told)))
    return path
