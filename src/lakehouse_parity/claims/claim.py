"""The claim that a run backs: one sentence and the counts that it stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import Counter

    from lakehouse_parity.events import RuntimeFacts
    from lakehouse_parity.reports.summary import Summary

_VERDICTS = {
    "parity": "the runtimes behave the same",
    "divergence": "the runtimes do not behave the same",
    "no_verdict": "not everything could be observed, so there is no verdict",
}


def claim(summary: Summary) -> dict[str, Any]:
    """The claim as data: `sentence`, `verdict`, `runtimes`, and `suites` with their counts.

    It says of each runtime whether it was a live daemon or one that the harness started itself, and of
    each suite how many of its probes held, how many of those by the known list, and how many were left out.
    """
    started = summary.started
    runtimes = {name: _who(name, facts) for name, facts in started.runtimes.items()} if started else {}
    suites = {suite: _counts(counts) for suite, counts in summary.suites.items()}
    return {
        "sentence": _sentence(summary.verdict, runtimes, suites),
        "verdict": summary.verdict,
        "runtimes": runtimes,
        "suites": suites,
    }


def _who(name: str, facts: RuntimeFacts) -> str:
    kind = {"": "live", "daemon": "bundled", "reference": "played by the reference"}[facts.bundled]
    return " ".join(filter(None, (name, facts.daemon, facts.version, "at", facts.url, f"({kind})")))


def _counts(counts: Counter[str]) -> dict[str, int]:
    held = counts["parity"] + counts["known"]
    return {
        "held": held,
        "known": counts["known"],
        "skipped": counts["skipped"],
        "probes": counts["probes"],
    }


def _sentence(verdict: str, runtimes: dict[str, str], suites: dict[str, dict[str, int]]) -> str:
    against = " and ".join(runtimes.values()) or "nothing"
    return f"Against {against}: {_VERDICTS[verdict]}: {', '.join(_suite(*item) for item in suites.items())}."


def _suite(name: str, counts: dict[str, int]) -> str:
    remarks = [f"{counts[kind]} {kind}" for kind in ("known", "skipped") if counts[kind]]
    return f"{name} {counts['held']}/{counts['probes']}" + (f" ({', '.join(remarks)})" if remarks else "")
