"""`parity doctor`: each thing that `make parity` needs, one by one, with what to do."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from rich.text import Text

from lakehouse_parity import config as configuration
from lakehouse_parity.doctor.check import Check, State, exit_code
from lakehouse_parity.doctor.examination import examine
from lakehouse_parity.redaction import Redactor
from lakehouse_parity.reports import files, terminal
from lakehouse_parity.reports.wording import safe

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

SCHEMA = "lakehouse-parity/doctor/v1"

_SIGNS = {State.GOOD: ("✓", "green"), State.BAD: ("✗", "bold red"), State.LEFT: ("-", "dim")}
_VERDICTS = {0: "everything that is wired works", 2: "something here has to be corrected first"}


def run(options: argparse.Namespace) -> int:
    """Print a line for each check; 0, 2 for a mistake on this side, 3 for a daemon."""
    if options.json is not None:
        files.prepare_file(options.json)
    config = configuration.load(options.config)
    checks = Redactor(config.secrets).clean(asyncio.run(examine(config, options.probes)))
    code, screen = exit_code(checks), terminal.screen()
    for line in _lines(checks):
        screen.print(line, soft_wrap=True)
    failed = sum(check.state is State.BAD for check in checks)
    verdict = _VERDICTS.get(code, "a daemon is not as `make parity` needs it")
    screen.print(f"{len(checks)} checks, {failed} failed: {verdict} (exit {code})", soft_wrap=True)
    if options.json is not None:
        files.write(options.json, json.dumps(_document(checks), indent=1) + "\n")
    return code


def _lines(checks: Sequence[Check]) -> Iterator[Text]:
    width = max(len(check.name) for check in checks)
    for check in checks:
        sign, style = _SIGNS[check.state]
        yield Text.assemble((sign, style), f" {check.name:<{width}}  {safe(check.told)}")
        if check.remedy:
            yield Text(f"  {'':<{width}}  → {safe(check.remedy)}", style="yellow")


def _document(checks: Sequence[Check]) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "exit_code": exit_code(checks),
        "checks": [
            {"name": check.name, "state": check.state.value, "told": check.told, "remedy": check.remedy}
            for check in checks
        ],
    }
