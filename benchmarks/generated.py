"""Probes in any number, for what is measured: every one another, all of them alike in size."""

from __future__ import annotations

import json
import shutil
import socket
from typing import TYPE_CHECKING

from lakehouse_parity.targets.bundled import ROOT, ROSTER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IN_A_FILE = 500


def validate(folder: Path, count: int) -> None:
    """Write so many probes of the suite `validate`, bodies of about 300 bytes, two in three accepted."""
    _write(folder, "validate", count, _validate)


def iterate(folder: Path, count: int) -> None:
    """Write so many of the suite `iterate`: three attempts, of which the last is accepted."""
    _write(folder, "iterate", count, _iterate)


def _write(folder: Path, suite: str, count: int, make: Callable[[int], dict[str, object]]) -> None:
    (folder / suite).mkdir(parents=True)
    shutil.copy(ROOT / "probes" / "masks.yaml", folder)
    for start in range(0, count, IN_A_FILE):
        probes = [make(number) for number in range(start, min(start + IN_A_FILE, count))]
        lines = ",\n".join(json.dumps(probe) for probe in probes)
        (folder / suite / f"generated-{start:06}.yaml").write_text(f'{{"probes": [\n{lines}\n]}}\n')


def body(number: int) -> dict[str, object]:
    """What the probe of that number asks."""
    artifact = {
        "operation": f"fill: Welder x{number + 1} in Toledo, OH",
        "endorsed_names": ["Ada Okafor", "Cara Lund", "Ben Ito"],
        "fingerprint": f"fp-{number:08}" if number % 3 else "",
        "note": "A member that no rule asks for, as models like to add them to what was wanted.",
    }
    return {"kind": "playbook", "artifact": artifact, "context": {"city": "Toledo", "state": "OH"}}


def _validate(number: int) -> dict[str, object]:
    return {"name": f"v-{number:06}", "clauses": ["VA-4"], "validate": body(number)}


def _iterate(number: int) -> dict[str, object]:
    artifact = {"operation": "fill: Welder x2 in Toledo, OH", "endorsed_names": ["Ada"], "fingerprint": "f"}
    refused = artifact | {"fingerprint": ""}
    return {
        "name": f"i-{number:06}",
        "clauses": ["IT-9"],
        "iterate": {"kind": "playbook", "prompt": f"Write playbook {number}."},
        "model": [{"reply": "I am sorry."}, {"json": refused}, {"json": artifact}],
    }


def config(folder: Path, rust: int, go: int) -> Path:
    """Write a configuration of two runtimes on those ports, with nothing else wired."""
    document = {
        "runtimes": {
            "rust": {"url": f"http://127.0.0.1:{rust}", "daemon": "gateway", "json": "serde_json"},
            "go": {"url": f"http://127.0.0.1:{go}", "daemon": "validatord", "json": "encoding/json"},
        },
        "roster": str(ROSTER),
    }
    path = folder / "parity.yaml"
    path.write_text(json.dumps(document))
    return path


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
