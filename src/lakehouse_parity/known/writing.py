"""The known list as `parity known` writes it: one item for each probe and reason."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import yaml

from lakehouse_parity import outline
from lakehouse_parity.known.entry import Typed
from lakehouse_parity.model import RUNTIMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lakehouse_parity.known.entry import Entry

_HEAD = """\
# Differences that were looked at, explained and accepted, one by one. An entry pins both values; where
# the difference is gone or has changed, the entry fails the run. Written by `parity known`.
"""
_MEMBERS = ("probe", "runtime", "right", "reason", "link", "expires")


def text(entries: Sequence[Entry]) -> str:
    """The file; `load` gives the entries back."""
    grouped = groupby(entries, key=lambda entry: tuple(getattr(entry, member) for member in _MEMBERS))
    items = [_item(key, places) for key, places in grouped]
    return _HEAD + yaml.dump(
        {"known": items}, sort_keys=False, allow_unicode=True, width=120, Dumper=_Quoting
    )


def _item(key: tuple[Any, ...], places: Iterable[Entry]) -> dict[str, Any]:
    members = {name: value for name, value in zip(_MEMBERS, key, strict=True) if value}
    return {**members, "places": [_place(entry) for entry in places]}


def _place(entry: Entry) -> dict[str, Any]:
    values = {side: _value(value) for side, value in zip(RUNTIMES, entry.values, strict=True)}
    return {"surface": entry.surface, "path": entry.path, **values}


def _value(value: str | Typed) -> Any:
    return {"type": value.type} if isinstance(value, Typed) else _Pinned(value)


class _Pinned(str):
    """A pinned value: always quoted, since `1` or `null` would else be read as what it looks like."""

    __slots__ = ()


class _Quoting(yaml.SafeDumper):
    """Writes in quotes what is pinned, and what would else be read as a number."""


def _quoted(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """The text in the quotes that give it back: U+0085 in single ones would be read as a space."""
    style = "'" if isinstance(value, _Pinned) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), '"' if "\x85" in value else style)


_Quoting.add_representer(str, _quoted)
_Quoting.add_representer(_Pinned, _quoted)
_Quoting.add_implicit_resolver("tag:yaml.org,2002:float", outline.NUMBER, list("-0123456789"))
