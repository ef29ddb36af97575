"""Writing the folder: reports, recording, inputs, surroundings, and a manifest with a digest of each file."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from lakehouse_parity import textfile
from lakehouse_parity.claims.claim import claim
from lakehouse_parity.claims.surroundings import surroundings
from lakehouse_parity.errors import Mistake
from lakehouse_parity.reports import files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lakehouse_parity.reports.summary import Summary

SCHEMA = "lakehouse-parity/evidence/v1"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
RECORDING = "recording.jsonl"
REPORT = "report.json"
PROBES = "inputs/probes"
KNOWN = "inputs/known.yaml"
_LEFT_BY_A_RUN = (RECORDING, REPORT, "junit.xml", "report.html")
_BLOCK = 1 << 20


def prepare(folder: Path) -> None:
    """See that there is an empty folder to write to, before anything is asked. Raises Mistake."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Mistake(f"--evidence {folder} is there already: name a folder that is new or empty")
    files.prepare(folder)


class Inputs(Struct, frozen=True):
    """What went into a run."""

    probes: Path
    """The folder of probes, which is copied."""
    known: str | None
    """The text of the known list, which is kept; None where there is none."""
    named: Mapping[str, Path]
    """Files of which only the digest is kept, since they may hold secrets or people's data."""


def write(folder: Path, summary: Summary, reports: Path, inputs: Inputs) -> None:
    """Fill the folder from a run that is over and left its files in `reports`. Raises Mistake."""
    try:
        _copy(folder, reports, inputs.probes)
        if inputs.known is not None:
            files.write(folder / KNOWN, inputs.known)
        _json(folder / "environment.json", surroundings())
        _json(folder / MANIFEST, _manifest(folder, summary, inputs.named))
    except OSError as error:
        what = f"the evidence cannot be written to {folder}: {error.strerror}: {error.filename}"
        raise Mistake(what) from None


def _copy(folder: Path, reports: Path, probes: Path) -> None:
    for name in _LEFT_BY_A_RUN:
        shutil.copyfile(reports / name, folder / name)
    for source in sorted(probes.rglob("*.yaml")):
        target = folder / PROBES / source.relative_to(probes)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _manifest(folder: Path, summary: Summary, named: Mapping[str, Path]) -> dict[str, Any]:
    started = summary.started
    return {
        "schema": SCHEMA,
        "claim": claim(summary),
        "started_at": started.at if started else None,
        "inputs": {name: digest(path) for name, path in named.items() if path.is_file()},
        "files": {name: digest(folder / name) for name in listed(folder)},
    }


def listed(folder: Path) -> Iterator[str]:
    """The names of all files that a manifest answers for, in order; a symbolic link counts as a file."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name not in (MANIFEST, SIGNATURE) and (path.is_symlink() or not path.is_dir()):
            yield name


def digest(path: Path) -> dict[str, Any]:
    """The file's SHA-256 in hexadecimal, and its size in bytes. Raises Mistake."""
    found, size = hashlib.sha256(), 0
    with textfile.opened(path) as file:
        while block := file.read(_BLOCK):
            found.update(block)
            size += len(block)
    return {"sha256": found.hexdigest(), "bytes": size}


def _json(path: Path, value: Any) -> None:
    files.write(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")
