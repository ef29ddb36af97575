"""The table of drifts that a drifting daemon prints: which mistakes it can make, and where they show."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from lakehouse_parity import paths
from lakehouse_parity.errors import Mistake, Place, Unobservable
from lakehouse_parity.model import Surface
from lakehouse_spec.clauses import CLAUSES

if TYPE_CHECKING:
    from lakehouse_parity.targets.bundled import Source

_SECONDS = 20.0


class Spot(Struct, frozen=True):
    """Where a drift shows: a surface and a path in which `[*]` stands for any index."""

    surface: str
    path: str

    def names(self, place: str) -> bool:
        """Whether a place, as `surface path`, is this one."""
        surface, _, path = place.partition(" ")
        return surface == self.surface and paths.matches(paths.parse(self.path), paths.parse(path))

    def __str__(self) -> str:
        return f"{self.surface} {self.path}"


class Drift(Struct, frozen=True):
    """One mistake planted in one runtime."""

    runtime: str
    name: str
    clause: str
    """The clause that it breaks most directly."""
    spots: tuple[Spot, ...]
    what: str
    """The mistake in one sentence, as its author would have made it."""
    equivalent: str = ""
    """A proof that by the contract nobody can tell the difference; empty where there is one to be told."""

    @property
    def chapter(self) -> str:
        """The letters of its clause."""
        return self.clause.partition("-")[0]


async def ask(runtime: str, source: Source) -> tuple[Drift, ...]:
    """The drifts of a runtime, from its program's `--drifts`. Raises Unobservable and Mistake."""
    program = str(source.daemon)
    try:
        process = await asyncio.create_subprocess_exec(
            program, "--drifts", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(_SECONDS):
            output, errors = await process.communicate()
    except OSError as error:
        raise Unobservable(f"{runtime}: cannot start {program}: {error.strerror}") from None
    except TimeoutError:
        process.kill()
        await process.wait()
        raise Unobservable(f"{runtime}: {program} --drifts did not end within {_SECONDS:g} s") from None
    if process.returncode:
        said = errors.decode(errors="replace").strip() or "nothing"
        raise Unobservable(f"{runtime}: {program} --drifts ended with {process.returncode} and said: {said}")
    return read(runtime, output, f"{program} --drifts")


def read(runtime: str, output: bytes, file: str) -> tuple[Drift, ...]:
    """The drifts that stand in an output, one JSON object a line. Raises Mistake with the line."""
    drifts: dict[str, Drift] = {}
    for number, line in enumerate(output.splitlines(), 1):
        place = Place(file, number)
        drift = _drift(runtime, line, place)
        if drift.name in drifts:
            raise Mistake(f"there is a drift {drift.name!r} already", place)
        drifts[drift.name] = drift
    return tuple(drifts.values())


def _drift(runtime: str, line: bytes, place: Place) -> Drift:
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise Mistake(f"no JSON: {error}", place) from None
    if not isinstance(entry, dict):
        raise Mistake("a drift is an object", place)
    name, clause, what = (_text(entry, member, place) for member in ("name", "clause", "what"))
    if clause not in CLAUSES:
        raise Mistake(f"{name}: there is no clause {clause!r}", place)
    equivalent = "" if entry.get("equivalent") is None else _text(entry, "equivalent", place)
    spots = tuple(_spot(item, name, place) for item in _list(entry, name, place))
    if not spots and not equivalent:
        raise Mistake(f"{name}: a drift names at least one place", place)
    return Drift(runtime, name, clause, spots, what, equivalent)


def _text(entry: dict[str, Any], member: str, place: Place) -> str:
    value = entry.get(member)
    if not isinstance(value, str) or not value.strip():
        raise Mistake(f"a drift has a text {member!r}, not {value!r}", place)
    return value


def _list(entry: dict[str, Any], name: str, place: Place) -> list[Any]:
    places = entry.get("places")
    if not isinstance(places, list):
        raise Mistake(f"{name}: a drift has a list 'places'", place)
    return places


def _spot(item: Any, name: str, place: Place) -> Spot:
    if not isinstance(item, dict):
        raise Mistake(f"{name}: a place is an object", place)
    surface, path = _text(item, "surface", place), _text(item, "path", place)
    if surface not in [known.value for known in Surface]:
        raise Mistake(f"{name}: there is no surface {surface!r}", place)
    try:
        paths.parse(path)
    except ValueError as error:
        raise Mistake(f"{name}: {path}: {error}", place) from None
    if ".*" in path:
        raise Mistake(f"{name}: {path}: only an index may be open, as [*]", place)
    return Spot(surface, path)
