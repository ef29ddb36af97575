"""A run's events as reports get them, with every verdict and every awkward value in it."""

import pytest
from tests.harness.making import difference, outcome

from lakehouse_parity.events import Finished, Judged, RuntimeFacts, Started
from lakehouse_parity.masks import Masked
from lakehouse_parity.model import Surface, Verdict
from lakehouse_parity.reports.exhibits import Exhibits
from lakehouse_parity.reports.summary import Summary

SCRIPT = "<script>alert('x')</script>"
CONTROL = "\x1b[31mred\x07\x00\u202e\ud800"
HOSTILE = SCRIPT + CONTROL

FACTS = {
    "rust": RuntimeFacts("http://127.0.0.1:3100", "gateway", "serde_json", "1.2.3"),
    "go": RuntimeFacts("http://127.0.0.1:4110", "validatord", "encoding/json", "", "daemon"),
}

PASSING = (Verdict.PARITY, Verdict.KNOWN, Verdict.SKIPPED, Verdict.REFERENCE_DRIFT)


def events(*outcomes, planned=None, problems=(), unobserved=()):
    planned = len(outcomes) if planned is None else planned
    return [
        Started("2026-01-02T03:04:05+00:00", FACTS, planned),
        *map(Judged, outcomes),
        Finished(1234, problems, unobserved),
    ]


def summary(*outcomes, required=(), **members):
    found = Summary(frozenset(required))
    for event in events(*outcomes, **members):
        found(event)
    return found


def told(*outcomes, seen=None, **members):
    """What the page's own listeners have after a run in which every probe was seen so."""
    found, exhibits = Summary(), Exhibits()
    for event in events(*outcomes, **members):
        heard = Judged(event.outcome, seen or {}) if isinstance(event, Judged) else event
        found(heard)
        exhibits(heard)
    return found, exhibits


def every_verdict():
    """One outcome of each verdict, with a difference where that verdict has one."""
    without = (Verdict.PARITY, Verdict.SKIPPED, Verdict.BROKEN)
    return [
        outcome(
            verdict, f"iterate/{verdict.value.replace('_', '-')}", f"because {verdict.value}",
            [] if verdict in without else [difference("$.a", Verdict.RUST_DRIFT)],
        )
        for verdict in Verdict
    ]  # fmt: skip


def hostile():
    """An outcome in which everything that a runtime can choose is hostile."""
    return outcome(
        Verdict.GO_DRIFT,
        reason=HOSTILE,
        why=SCRIPT,
        differences=[
            difference(
                f'$["{HOSTILE}"]', Verdict.GO_DRIFT, rust=HOSTILE, go={HOSTILE: [HOSTILE]}, reference=None
            )
        ],
    )


def awkward():
    """An outcome with values that JSON of ordinary programs cannot hold, and one that is masked."""
    deep = None
    for _ in range(5000):
        deep = [deep]
    return outcome(
        Verdict.SPLIT,
        differences=[
            difference("$.a", Verdict.SPLIT, rust=b"1e400", go=b"-0", reference=b"9007199254740993"),
            difference("$.b", Verdict.DIALECT, rust=deep, go="\ud800", reference=deep, reference_go=b"1.50"),
            difference(
                "$.c", Verdict.RUST_DRIFT, Surface.SESSION_ROW, go=Masked("count"), reference=Masked("count")
            ),
        ],
    )


RUNS = [
    pytest.param(every_verdict(), id="every verdict"),
    pytest.param([hostile()], id="hostile"),
    pytest.param([awkward()], id="awkward"),
    pytest.param([], id="nothing"),
]
