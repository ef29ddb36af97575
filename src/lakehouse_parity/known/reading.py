"""The known list from its file: strict, every mistake with file and line."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from lakehouse_parity import masks, paths, textfile, yamlio
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.fields import Fields
from lakehouse_parity.known.entry import CONCERNED, RIGHT, Entry, Typed
from lakehouse_parity.model import RUNTIMES, Surface
from lakehouse_parity.yamlio import Items, Map

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

_PATTERN = re.compile(r"[a-z0-9*/.-]+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def load(path: Path) -> tuple[Entry, ...]:
    """The entries of a known list; none where there is no file. Raises Mistake."""
    return () if textfile.missing(path) else _listed(yamlio.read(path), str(path))


def parse(text: str, name: str) -> tuple[Entry, ...]:
    """The entries of a known list that is at hand as text; mistakes name it `name`. Raises Mistake."""
    return _listed(yamlio.parse(text, name), name)


def _listed(document: Any, name: str) -> tuple[Entry, ...]:
    if document is None:
        return ()
    fields = Fields(document, "the known list", Place(name, 1))
    entries = [
        entry
        for item, place in fields.items("known")
        for entry in _entries(Fields(item, "an entry of the known list", place))
    ]
    fields.close()
    _check_once(entries)
    return tuple(entries)


def _check_once(entries: list[Entry]) -> None:
    first: dict[tuple[object, ...], Place] = {}
    for entry in entries:
        key = (entry.probe, entry.surface, entry.path, entry.values)
        if key in first:
            raise Mistake(f"this difference stands here twice, first at {first[key]}", entry.place)
        first[key] = entry.place


def _entries(fields: Fields) -> Iterator[Entry]:
    """One for each place of an item."""
    probe, reason = _probe(fields), fields.need("reason", str)
    runtime, right = _one_of(fields, "runtime", CONCERNED), _one_of(fields, "right", RIGHT)
    if not reason.strip():
        fields.fail("an entry needs a reason", "reason")
    link, expires = fields.get("link", str) or "", _expires(fields)
    if not fields.get("places", Items):
        fields.fail("an entry needs a list 'places': where the runtimes differ, with both values")
    for item, place in fields.items("places"):
        there = Fields(item, "a place of a known difference", place)
        rust, go = (_value(there, side) for side in RUNTIMES)
        surface, path = _surface(there), _path(there)
        yield Entry(probe, runtime, surface, path, (rust, go), right, reason, place, link, expires)
        there.close()
    fields.close()


def _probe(fields: Fields) -> str:
    """A probe's id or a pattern of ids, which has to name something: `iterate/*` would excuse a suite."""
    probe = fields.need("probe", str)
    if not _PATTERN.fullmatch(probe):
        fields.fail(f"'probe' is the id of a probe, in which `*` stands for any text, not {probe!r}", "probe")
    if not set(probe.partition("/")[2]) - set("*/.-"):
        fields.fail(f"{probe!r} is a bare wildcard: name the probes that differ", "probe")
    return probe


def _one_of(fields: Fields, key: str, choices: tuple[str, ...]) -> str:
    value = fields.need(key, str)
    if value not in choices:
        fields.fail(f"{key!r} is one of {', '.join(choices)}", key)
    return value


def _expires(fields: Fields) -> date | None:
    text = fields.get("expires", str)
    if text is None:
        return None
    try:
        return day(text)
    except ValueError:
        fields.fail(f"'expires' is a day such as 2027-01-31, not {text!r}", "expires")


def day(text: str) -> date:
    """The day that YYYY-MM-DD names. Raises ValueError."""
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _value(fields: Fields, side: str) -> str | Typed:
    """Text that pins the value, or `{type: TYPE}`."""
    if not isinstance(fields.any(side), Map):
        return fields.need(side, str)
    typed = fields.fields(side)
    assert typed is not None
    type_ = typed.need("type", str)
    if not masks.names_type(type_):
        typed.fail(f"unknown type {type_!r}: {', '.join(masks.TYPES)} or prefix:TEXT", "type")
    typed.close()
    return Typed(type_)


def _surface(fields: Fields) -> str:
    return _one_of(fields, "surface", tuple(surface.value for surface in Surface))


def _path(fields: Fields) -> str:
    text = fields.need("path", str)
    try:
        path = paths.parse(text)
    except ValueError as error:
        fields.fail(str(error), "path")
    written = paths.render(path)
    if {paths.ANY, paths.REST} & set(path) and written != text:
        fields.fail(f"{text!r} is a wildcard: an entry is for one place", "path")
    return written
