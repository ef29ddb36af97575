"""Probe files -> probes. Literal, strict, every mistake with file and line.

A probe is a mapping under `probes:` in `probes/<suite>/*.yaml`. The request is one of `iterate`,
`validate`, `chat`, `extract`, `get`, `http`; everything else says what it is for and what to expect.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from lakehouse_parity import masks, paths, textfile, yamlio
from lakehouse_parity.asking import KINDS, Asked
from lakehouse_parity.config import CAPABILITIES
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.fields import Fields
from lakehouse_parity.model import Mask, Outage, Probe, Surface
from lakehouse_parity.script import read_script
from lakehouse_parity.yamlio import Items, Map, plain
from lakehouse_spec.clauses import CLAUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lakehouse_parity.ready import Ready
    from lakehouse_spec.roster import Roster

MASKS_FILE = "masks.yaml"
KNOWN_FILE = "known.yaml"
WORKER_TAG = "!worker"
TIMES_TAG = "!times"
_LONGEST = 16 * 1024 * 1024
_REGRESSIONS = "regressions"
_ENDING = ".yaml"
_ABSENT = "absent"
_IN_NAMES = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")


class Names(Struct, frozen=True):
    """The names that requests use for the scripted model, as the daemons' configuration has them."""

    provider: str = "parity"
    ollama_provider: str | None = None


def load(root: Path, roster: Roster, names: Names, ready: Ready | None = None) -> tuple[Probe, ...]:
    """All probes below `root`, in file order. Raises Mistake at the first that cannot be used.

    With `ready` (`ready.keeping`) files that were read before are not read again.
    """
    if not root.is_dir():
        raise Mistake("there is no such folder of probes", Place(str(root)))
    worker = _worker_tag(roster)
    seen: dict[str, Place] = {}
    probes: list[Probe] = []
    for path in sorted(_files(root)):
        suite = _suite_of(path.relative_to(root))
        for probe in _file(path, suite, names, worker, ready):
            _check_unique(probe, seen)
            probes.append(probe)
    return tuple(probes)


def _files(root: Path) -> Iterator[Path]:
    """The probe files in the folders below the root. Raises Mistake where a folder cannot be looked into."""
    for folder, folders, names in os.walk(root, onerror=_unreadable, followlinks=True):
        if Path(folder) != root:
            yield from (Path(folder, name) for name in (*names, *folders) if name.endswith(_ENDING))
            odd = [name for name in names if name.endswith(".yml")]
            if odd:
                what = f"would be passed over: the name of a probe file ends in {_ENDING}"
                raise Mistake(what, Place(str(Path(folder, odd[0]))))


def _unreadable(error: OSError) -> None:
    raise Mistake(f"cannot be looked into: {error.strerror}", Place(str(error.filename))) from None


def _suite_of(relative: Path) -> str:
    first, *rest = relative.parts
    return rest[0] if first == _REGRESSIONS and len(rest) > 1 else first


def _check_unique(probe: Probe, seen: dict[str, Place]) -> None:
    if probe.id in seen:
        raise Mistake(f"probe {probe.id!r} exists already at {seen[probe.id]}", probe.place)
    seen[probe.id] = probe.place


def _worker_tag(roster: Roster) -> Any:
    """`!worker W-001` is the id, `!worker W-001.city` a column; both only for workers that exist."""

    def construct(text: str, place: Place) -> str:
        worker_id, _, column = text.partition(".")
        worker = roster.find(worker_id)
        if worker is None:
            raise Mistake(f"the roster has no worker {worker_id!r}", place)
        value = getattr(worker, column or "worker_id", None)
        if not isinstance(value, str):
            raise Mistake(f"a worker has no text column {column!r}", place)
        return value

    return construct


def _times(text: str, place: Place) -> str:
    """`!times 2700000 f` is that text as often as it says: what nobody wants to read in a file."""
    count, _, repeated = text.partition(" ")
    if not count.isdecimal() or not repeated or int(count[:9]) * len(repeated) > _LONGEST:
        raise Mistake(
            f"!times needs a count and a text, such as '100 ab', of at most {_LONGEST} together", place
        )
    return repeated * int(count)


def _file(
    path: Path, suite: str, names: Names, worker: Callable[[str, Place], Any], ready: Ready | None
) -> Iterable[Probe]:
    text, name = textfile.read(path), str(path)

    def read(worker: Callable[[str, Place], Any]) -> Iterator[Probe]:
        return _probes(path, yamlio.parse(text, name, {WORKER_TAG: worker, TIMES_TAG: _times}), suite, names)

    if ready is None:
        return read(worker)
    known_by = f"{name}\0{suite}\0{names}\0{text}".encode(errors="surrogateescape")
    return ready.probes(known_by, worker, read)


def _probes(path: Path, document: Any, suite: str, names: Names) -> Iterator[Probe]:
    fields = Fields(document, "a probe file", Place(str(path), 1))
    if not fields.get("probes", Items):
        fields.fail("a probe file needs a list 'probes' that is not empty")
    for item, place in fields.items("probes"):
        yield _probe(Fields(item, "a probe", place), suite, names)
    fields.close()


def _probe(fields: Fields, suite: str, names: Names) -> Probe:
    name = fields.need("name", str)
    if not name or not _IN_NAMES.issuperset(name):
        fields.fail(f"a name consists of a-z, 0-9, '-' and '.', not {name!r}", "name")
    probe_id = f"{suite}/{name}"
    fields.what = f"probe {probe_id!r}"
    asked = _asked(fields, probe_id, names)
    outage = _outage(fields, asked)
    probe = Probe(
        id=probe_id,
        suite=suite,
        clauses=_clauses(fields),
        request=asked.request,
        place=fields.place(),
        why=fields.get("why", str) or "",
        script=read_script(fields) or asked.script,
        provider=asked.provider,
        model=asked.model,
        raw=asked.raw,
        trace=asked.trace,
        expect=tuple(_expectations(fields)),
        absent=tuple(_absences(fields)),
        masks=tuple(_masks(fields, "masks")),
        exact=bool(fields.get("exact", bool)),
        needs=asked.needs | frozenset(_needs(fields)) | ({"langfuse"} if outage else frozenset()),
        outage=outage,
    )
    fields.close()
    return probe


def _asked(fields: Fields, probe_id: str, names: Names) -> Asked:
    kinds = [kind for kind in KINDS if fields.has(kind)]
    if len(kinds) != 1:
        fields.fail(f"{fields.what} needs exactly one of {', '.join(KINDS)}; it has {len(kinds)}")
    return KINDS[kinds[0]](fields, probe_id, names)


def _outage(fields: Fields, asked: Asked) -> Outage | None:
    """`langfuse: slow` and its like say how Langfuse fails; its spans are known by the trace id."""
    name = fields.get("langfuse", str)
    if name is None:
        return None
    if asked.trace is None or not asked.model:
        fields.fail(f"{fields.what} needs a model and a trace id, for Langfuse to fail it alone", "langfuse")
    try:
        return Outage(name)
    except ValueError:
        fields.fail(f"unknown {name!r}: Langfuse can be {', '.join(way.value for way in Outage)}", "langfuse")


def _clauses(fields: Fields) -> tuple[str, ...]:
    clauses = tuple(str(clause) for clause, _ in fields.items("clauses"))
    for clause, place in fields.items("clauses"):
        if clause not in CLAUSES:
            raise Mistake(f"unknown clause {clause!r}; `parity clauses` lists them", place)
    if not clauses:
        fields.fail(f"{fields.what} names no clause that it is for", "clauses")
    if all(CLAUSES[clause].leaves_open for clause in clauses):
        fields.fail(f"{fields.what} names only clauses that leave a part open, none for the rest", "clauses")
    return clauses


def _needs(fields: Fields) -> Iterator[str]:
    for need, place in fields.items("needs"):
        if need not in CAPABILITIES:
            raise Mistake(f"unknown need {need!r}: there is only {', '.join(CAPABILITIES)}", place)
        yield need


def _expectations(fields: Fields) -> Iterator[tuple[Surface, str, Any]]:
    section = fields.fields("expect")
    if section is None:
        return
    for key in section.map:
        if key == _ABSENT:
            continue
        surface = _surface(section, key)
        value = section.any(key)
        if isinstance(value, Map) and value and all(path.startswith("$") for path in value):
            for path, item in value.items():
                yield surface, _one_place(path, value.place_of(path)), plain(item)
        else:
            yield surface, "$", plain(value)


def _absences(fields: Fields) -> Iterator[tuple[Surface, str]]:
    """The places under `expect.absent`: `body $.trace_id`."""
    section = fields.fields("expect")
    if section is None:
        return
    for text, place in section.items(_ABSENT):
        surface, _, path = str(text).partition(" ")
        if not path.startswith("$") or path == "$":
            raise Mistake(f"{text!r} is no surface and path, such as 'body $.trace_id'", place)
        yield _surface_at(surface, place), _one_place(path, place)


def _surface(fields: Fields, name: str) -> Surface:
    return _surface_at(name, fields.place(name))


def _surface_at(name: str, place: Place) -> Surface:
    try:
        return Surface(name)
    except ValueError:
        known = ", ".join(surface.value for surface in Surface)
        raise Mistake(f"unknown surface {name!r}: {known}", place) from None


def _one_place(text: str, place: Place) -> str:
    if {paths.ANY, paths.REST} & set(paths.parse(_pattern(text, place))):
        raise Mistake(f"{text!r} is a pattern; an expectation is for one place", place)
    return text


def _pattern(text: str, place: Place) -> str:
    try:
        paths.parse(text)
    except ValueError as error:
        raise Mistake(str(error), place) from None
    return text


def _masks(fields: Fields, key: str) -> Iterator[Mask]:
    for item, place in fields.items(key):
        mask = Fields(item, "a mask", place)
        surface = _surface(mask, mask.need("surface", str))
        type_ = mask.need("type", str)
        if not masks.check_type(type_):
            mask.fail(f"unknown mask type {type_!r}: {', '.join(masks.TYPES)} or prefix:TEXT", "type")
        pattern = _pattern(mask.need("path", str), mask.place("path"))
        yield Mask(surface, pattern, type_, mask.need("reason", str), place)
        mask.close()


def load_masks(root: Path) -> tuple[Mask, ...]:
    """The masks that apply to every probe, from `masks.yaml`."""
    path = root / MASKS_FILE
    if textfile.missing(path):
        return ()
    fields = Fields(yamlio.read(path), "the masks", Place(str(path), 1))
    found = tuple(_masks(fields, "masks"))
    fields.close()
    return found
