"""A recording read strictly: whatever stands in the file, it is a run's records or a mistake with its line.

How a record is read follows from its type alone, as it does when it is written; trees of JSON stand as
their own text. Members that a record does not know are passed over: a later version may have written them.
"""

from __future__ import annotations

import base64
import json
import marshal
import re
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from msgspec import Struct

from lakehouse_parity import lossless, masks, paths, plainly, textfile
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.events import Finished, Judged, Started
from lakehouse_parity.model import Observation, Outcome, Probe, Stability, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lakehouse_parity.events import Event

SCHEMA = "lakehouse-parity/recording/v1"
LONGEST = 512 * 1024 * 1024
"""Bytes of a line: a call with the largest answers there can be has less."""

_NAMES = {str: "text", int: "a whole number", bool: "true or false", list: "a list", dict: "an object"}
_PLAYS = ("", "daemon", "reference")

Decode = Callable[[Any], Any]


class _Odd(ValueError):  # noqa: N818  named after what the value is
    """A value is not what its record says; the text says where in the line."""


def read(path: Path, wanted: Callable[[str], bool] | None = None) -> Iterator[Event]:
    """The events of a recording, judged as they were then. Raises Mistake with file and line.

    With `wanted` the lines of probes whose id it refuses are passed over unread, which is many times faster.
    Where the last line is cut off, because the run was killed or the disk was full, the run ends there
    without a verdict, and the lines in front of it stand.
    """
    number = 0
    for number, line in _lines(path):
        if number > 1 and not line.endswith(b"\n"):
            yield Finished(0, unobserved=(f"{path}:{number}: the recording breaks off inside this line",))
            return
        event = None if wanted and _is_refused(line, wanted) else _event(line, number, path)
        if event is not None:
            yield event
    if number == 0:
        raise Mistake("is empty; a recording has at least a line that says what it is", Place(str(path)))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        with textfile.opened(path) as file:
            while line := file.readline(LONGEST + 1):
                number += 1
                if len(line) > LONGEST:
                    raise Mistake(f"is a line of more than {LONGEST >> 20} MiB", Place(str(path), number))
                yield number, line
    except OSError as error:
        raise Mistake(f"cannot be read: {error.strerror}", Place(str(path), number + 1)) from None


_PROBE = re.compile(rb'\{"probe":\{"id":("(?:[^"\\\x00-\x1f]|\\.)*")')
"""How the recorder begins the line of a probe; a line that was written otherwise is read whole."""


def _is_refused(line: bytes, wanted: Callable[[str], bool]) -> bool:
    begun = _PROBE.match(line)
    try:
        return begun is not None and not wanted(json.loads(begun[1]))
    except ValueError:
        return False  # what is odd about it shows when it is read


def _event(line: bytes, number: int, path: Path) -> Event | None:
    if number > 1 and (plain := plainly.event(line)) is not None:
        return plain
    try:
        members = _checked(_LINE.decode(line.decode()), dict)
        if number > 1:
            return _decoded(members)
    except RecursionError:
        raise _mistake("it is nested too deeply", number, path) from None
    except ValueError as error:
        raise _mistake(str(error), number, path) from None
    if members.get("schema") != SCHEMA:
        raise Mistake(f"is no recording of {SCHEMA}; record the run again", Place(str(path), 1))
    return None


def _mistake(why: str, number: int, path: Path) -> Mistake:
    return Mistake(
        f"is not a line of a recording: {why}; a run did not write it so", Place(str(path), number)
    )


def _no_number(text: str) -> NoReturn:
    raise _Odd(f"{text} is no JSON")


_LINE = json.JSONDecoder(parse_constant=_no_number)


def _decoded(line: dict[str, Any]) -> Event:
    if "started" in line:
        started: Started = _decoder(Started)(line["started"])
        odd = [facts.bundled for facts in started.runtimes.values() if facts.bundled not in _PLAYS]
        if odd:
            raise _Odd(f"{odd[0]!r} plays no runtime")
        return started
    if "finished" in line:
        finished: Finished = _decoder(Finished)(line["finished"])
        return finished
    judged = _checked(_member(line, "judged"), dict)
    probe: Probe = _decoder(Probe)(_member(line, "probe"))
    _check_paths(probe)
    outcome = Outcome(
        probe,
        _decoder(Verdict)(_member(judged, "verdict")),
        _decoder(str)(_member(judged, "reason")),
        stability=_decoder(Stability)(judged["stability"]) if "stability" in judged else None,
    )
    seen = _seen(_checked(_member(line, "seen"), dict))
    for observation in seen.values():
        _check_evidence(observation)
    return Judged(outcome, seen)


def _seen(sides: dict[str, Any]) -> dict[str, Observation]:
    """By side; the second reference is mostly the first one's twin, and then read with it."""
    seen = {side: _OBSERVATION(told) for side, told in sides.items() if side != _TWIN}
    if _TWIN in sides:
        is_twin = _ORIGINAL in sides and _is_written_alike(sides[_TWIN], sides[_ORIGINAL])
        seen[_TWIN] = seen[_ORIGINAL] if is_twin else _OBSERVATION(sides[_TWIN])
    return seen


def _is_written_alike(one: Any, other: Any) -> bool:
    """Equality alone would take `200.0`, which no status is, for `200`."""
    return bool(one == other) and marshal.dumps(one, _PLAINLY) == marshal.dumps(other, _PLAINLY)


_PLAINLY = 2
"""The version of the format that says of no two values that they are one object."""
_ORIGINAL, _TWIN = "reference", "reference_go"


def _check_evidence(observation: Observation) -> None:
    """What the harness has made or read itself is JSON, whatever else a runtime sends."""
    if observation.usage is not None:
        lossless.parse(observation.usage)
    for emitted in (*(observation.spans or ()), *(observation.traces or ())):
        if not isinstance(lossless.parse(emitted), dict):
            raise _Odd("spans and traces have to be objects")


def _check_paths(probe: Probe) -> None:
    for place in (*probe.expect, *probe.absent):
        if {paths.ANY, paths.REST} & set(paths.parse(place[1])):
            raise _Odd(f"{place[1]!r} is a pattern, and no place")
    for mask in probe.masks:
        paths.parse(mask.path)
        if not masks.check_type(mask.type):
            raise _Odd(f"unknown mask type {mask.type!r}")


def _member(members: dict[str, Any], name: str) -> Any:
    if name not in members:
        raise _Odd(f"there is no {name!r}")
    return members[name]


def _checked(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise _Odd(f"has to be {_NAMES[kind]}")
    return value


@cache
def _decoder(kind: Any) -> Decode:
    """What reads a value of that type. Raises _Odd, and other kinds of ValueError."""
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if isinstance(kind, type) and issubclass(kind, Struct):
        return _record(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum(kind)
    return _composed(typing.get_origin(kind), typing.get_args(kind))


def _composed(origin: Any, parts: tuple[Any, ...]) -> Decode:
    """What reads `X | None`, a mapping of names, a tuple of fixed or any length, or a set."""
    first, *rest = [_decoder(part) for part in parts if part not in (..., types.NoneType)]
    if origin is types.UnionType:
        return lambda value: None if value is None else first(value)
    if origin is Mapping:
        return _mapping(rest[0])
    if origin is tuple and ... not in parts:
        return _row((first, *rest))
    return lambda value: origin([first(item) for item in _checked(value, list)])


def _str(value: Any) -> str:
    """By itself, since most of a recording is text: what `_checked` says of it takes twice the time."""
    if type(value) is not str:
        raise _Odd(f"has to be {_NAMES[str]}")
    return value


def _number(value: Any) -> float:
    return float(value) if type(value) in (int, float) else float(_checked(value, int))


def _bytes(value: Any) -> bytes:
    members = _checked(value, dict)
    if "base64" in members:
        return base64.b64decode(_checked(members["base64"], str), validate=True)
    return _str(_member(members, "text")).encode()


def _tree(value: Any) -> Any:
    return lossless.parse(_checked(value, str).encode())


def _record(kind: Any) -> Decode:
    hints = typing.get_type_hints(kind, localns={"Place": Place, "Mapping": Mapping})
    names = kind.__struct_fields__
    readers = {name: _decoder(hints[name]) for name in names}
    needed = {*names[: len(names) - len(kind.__struct_defaults__)]}

    def decode(value: Any) -> Any:
        found: dict[str, Any] = {}
        name = ""
        given = _checked(value, dict)
        try:
            for name, item in given.items():
                if name in readers:
                    found[name] = readers[name](item)
        except ValueError as error:
            raise _Odd(f"{name} {error}") from None
        if not needed <= found.keys():
            raise _Odd(f"there is no {min(needed - found.keys())!r}")
        return kind(**found)

    return decode


def _enum(kind: type[Enum]) -> Decode:
    known = {each.value: each for each in kind}

    def decode(value: Any) -> Enum:
        if not isinstance(value, str) or value not in known:
            raise _Odd(f"has to be one of {', '.join(known)}")
        return known[value]

    return decode


def _mapping(item: Decode) -> Decode:
    return lambda value: {name: item(each) for name, each in _checked(value, dict).items()}


def _row(items: tuple[Decode, ...]) -> Decode:
    """A row of texts, as every header is one, needs no reader for each."""
    only_text = set(items) == {_str}

    def decode(value: Any) -> tuple[Any, ...]:
        if len(_checked(value, list)) != len(items):
            raise _Odd(f"has to have {len(items)} parts")
        if only_text and {*map(type, value)} == {str}:
            return tuple(value)
        return tuple([item(each) for item, each in zip(items, value, strict=True)])

    return decode


_SIMPLE: dict[Any, Decode] = {
    str: _str,
    int: lambda value: _checked(value, int),
    bool: lambda value: _checked(value, bool),
    float: _number,
    bytes: _bytes,
    Any: _tree,
}
_OBSERVATION: Callable[[Any], Observation] = _decoder(Observation)
