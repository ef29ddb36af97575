"""From a typed model to its JSON Schema (2020-12): a member's meaning, type and limits stand in the model.

A model is a `TypedDict`. Its docstring and the text beside each member are the descriptions, and the
clauses that they name are the schema's `x-clauses`; a `Limit` beside them says what the type cannot.
`NotRequired[T]` is a member that may be absent, `T | None` one that may be null: the two are not alike.
"""

from __future__ import annotations

import inspect
import re
from enum import Enum
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

Schema = dict[str, Any]
"""A JSON Schema, or a part of one."""


class Limit(NamedTuple):
    """A keyword of JSON Schema beside a type."""

    keyword: str
    value: Any


CLAUSES = "x-clauses"
"""The annotation that names the clauses by which a shape or a member is as it is."""

_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean", dict: "object"}
_CLAUSE = re.compile(r"\b[A-Z]{2}-\d+\b")


def derive(type_: Any) -> Schema:
    """The schema of a type. Raises TypeError for a type that no wire shape has."""
    origin = get_origin(type_)
    if origin is Annotated:
        base, *marks = get_args(type_)
        return _marked(derive(base), marks)
    if origin is NotRequired:
        return derive(get_args(type_)[0])
    if is_typeddict(type_):
        return _object(type_)
    return _plain(type_, origin)


def _plain(type_: Any, origin: Any) -> Schema:
    if type_ is Any:
        return {}
    if origin is list:
        return {"type": "array", "items": derive(get_args(type_)[0])}
    if origin in (Union, UnionType):
        return _union(get_args(type_))
    if origin is Literal:
        return _one_of(get_args(type_))
    if isinstance(type_, type) and issubclass(type_, Enum):
        return _one_of(tuple(type_))
    if (name := _SCALARS.get(origin or type_)) is None:
        raise TypeError(f"no wire shape has the type {type_!r}")
    return {"type": name}


def _one_of(constants: tuple[Any, ...]) -> Schema:
    """A constant, or one of several words."""
    values = [constant.value if isinstance(constant, Enum) else constant for constant in constants]
    return {"const": values[0]} if len(values) == 1 else {"type": "string", "enum": values}


def _union(types: tuple[Any, ...]) -> Schema:
    """One of several shapes, or a value that may be null."""
    options = [derive(type_) for type_ in types if type_ is not NoneType]
    if len(options) == len(types):
        return {"oneOf": options}
    if len(options) == 1 and isinstance(options[0].get("type"), str):
        return {**options[0], "type": [options[0]["type"], "null"]}
    return {"oneOf": [*options, {"type": "null"}]}


def _object(model: Any) -> Schema:
    """An object with exactly these members, unless a mark says that others are ignored."""
    hints = get_type_hints(model, include_extras=True)
    return {
        **_described(" ".join((inspect.getdoc(model) or "").split())),
        "type": "object",
        "required": [name for name, hint in hints.items() if get_origin(hint) is not NotRequired],
        "properties": {name: derive(hint) for name, hint in hints.items()},
        "additionalProperties": False,
    }


def _marked(schema: Schema, marks: list[Any]) -> Schema:
    limits: Schema = {}
    for mark in marks:
        limits.update([mark] if isinstance(mark, Limit) else _described(mark))
    described = {key: limits.pop(key) for key in ("description", CLAUSES) if key in limits}
    return {**described, **{key: value for key, value in schema.items() if key not in described}, **limits}


def _described(text: str) -> Schema:
    """The description, with the clauses that it names."""
    clauses = _CLAUSE.findall(text)
    return {"description": text, **({CLAUSES: clauses} if clauses else {})}
