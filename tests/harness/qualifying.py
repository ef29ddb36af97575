"""Drifts and findings for tests, and the fakes as programs in the place of the drifting daemons."""

import sys
from pathlib import Path

from msgspec.structs import replace

from lakehouse_parity.qualify.finding import Finding, Sighting
from lakehouse_parity.qualify.table import Drift, Spot
from lakehouse_parity.targets import bundled

ROOT = Path(__file__).parents[2]


def drift(name="one", clause="IT-15", runtime="rust", spots=("body $.a",), equivalent=""):
    found = tuple(Spot(*spot.split(" ", 1)) for spot in spots)
    return Drift(runtime, name, clause, found, f"What {name} does.", equivalent)


def sighting(probe="iterate/one", verdict="rust_drift", places=("body $.a",), located=True, own=None):
    own = verdict == "rust_drift" if own is None else own
    return Sighting(probe, verdict, tuple(places), own, located)


def finding(*sightings, planted=None, **members):
    return Finding(planted or drift(), 10, sightings, **members)


def program(path, module, *arguments):
    """An executable file that runs a module of this checkout."""
    words = " ".join([sys.executable, "-m", module, *arguments])
    path.write_text(f'#!/bin/sh\ncd {ROOT}\nPYTHONPATH={ROOT} exec {words} "$@"\n')
    path.chmod(0o755)
    return path


def fakes(folder):
    """The ordinary and the drifting sources, played by the fakes."""
    ordinary, drifting = {}, {}
    for name, source in bundled.SOURCES.items():
        adapter = program(folder / f"{name}-adapter", "tests.fakes.drifting_adapter", source.dialect.value)
        daemon = program(folder / name, "tests.fakes.drifting", name)
        faked = replace(source, tool="sh", build=("true",), folder=folder, daemon=daemon, adapter=adapter)
        ordinary[name] = drifting[name] = faked
    return ordinary, drifting
