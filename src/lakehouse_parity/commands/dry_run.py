"""`parity run --dry-run`: what would be sent, and nothing is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from lakehouse_parity import config as configuration
from lakehouse_parity.confirming import AGAIN
from lakehouse_parity.effects import Effects
from lakehouse_parity.engine import not_wired, prepared
from lakehouse_parity.model import RUNTIMES
from lakehouse_parity.redaction import Redactor
from lakehouse_parity.reports import files
from lakehouse_parity.targets import bundled
from lakehouse_parity.wire.client import encode

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from rich.console import Console

    from lakehouse_parity.config import Config
    from lakehouse_parity.engine import Plan
    from lakehouse_parity.model import Probe

SCHEMA = "lakehouse-parity/dry-run/v1"


def config_of(options: argparse.Namespace) -> Config:
    """The configuration that the run would have, without starting anything. Raises Mistake."""
    if options.bundled:
        return bundled.demo_config(Path(), dict.fromkeys(RUNTIMES, "daemon"))
    return configuration.load(options.config)


def show(plan: Plan, before: Mapping[str, Effects], options: argparse.Namespace, screen: Console) -> int:
    """List each probe with its request, and write it as JSON where wanted. `before` has their effects."""
    wired = [probe for probe in plan.probes if probe.needs <= plan.config.capabilities]
    requests = [_request(prepared(probe, plan.run), _effects(probe, before, plan)) for probe in wired]
    redactor = Redactor(plan.config.secrets)
    for line in redactor.clean([*map(_line, requests), *_totals(plan, requests)]):
        screen.print(Text(line), soft_wrap=True)
    if options.json is not None:
        document = redactor.clean(_document(plan, requests))
        files.write(options.json, json.dumps(document, ensure_ascii=True, indent=1) + "\n")
    return 0


def _effects(probe: Probe, before: Mapping[str, Effects], plan: Plan) -> Effects:
    """With a real model, only what it answers calls it: the rest was chosen because it does not."""
    return before[probe.id] if probe.alone or not plan.live else Effects()


def _request(probe: Probe, caused: Effects) -> dict[str, Any]:
    return {
        "probe": probe.id,
        "method": probe.request.method,
        "path": probe.request.path,
        "bytes": len(encode(probe.request, "runtime")),
        "session_rows": caused.rows,
        "model_calls": caused.model_calls,
        "trace_id": probe.trace,
    }


def _line(request: dict[str, Any]) -> str:
    caused = Effects(request["session_rows"], request["model_calls"])
    return (
        f"{request['probe']}: {request['method']} {request['path']}, {request['bytes']} bytes"
        f"{f'; causes {caused}' if caused else ''}"
    )


def _total(requests: list[dict[str, Any]]) -> Effects:
    return Effects(
        sum(request["session_rows"] for request in requests),
        sum(request["model_calls"] for request in requests),
    )


def _totals(plan: Plan, requests: list[dict[str, Any]]) -> list[str]:
    left_out = len(plan.skipped) + len(plan.probes) - len(requests)
    size = sum(request["bytes"] for request in requests)
    where = " and ".join(f"{name} at {runtime.url}" for name, runtime in plan.config.runtimes.items())
    besides = f"besides, GET /health and GET /v1/usage, and each new divergence up to {AGAIN} times again"
    return [
        f"{len(requests)} requests, {size} bytes to each of {where}; {left_out} probes left out",
        f"each runtime would cause: {_total(requests)}; {besides}",
        "nothing was sent",
    ]


def _document(plan: Plan, requests: list[dict[str, Any]]) -> dict[str, Any]:
    total = _total(requests)
    return {
        "schema": SCHEMA,
        "runtimes": {name: runtime.url for name, runtime in plan.config.runtimes.items()},
        "requests": requests,
        "session_rows": total.rows,
        "model_calls": total.model_calls,
        "skipped": [
            {"probe": outcome.probe.id, "reason": outcome.reason}
            for outcome in (*plan.skipped, *not_wired(plan))
        ],
    }
