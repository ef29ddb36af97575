"""Probes of files that an earlier run has read: the same text, by the same rules, gives the same probes.

The rules are the program's own source, and the roster as far as a file names its workers. What stands ready
is plain data, made into records by their types. Of a file with a mistake nothing does: each run tells of it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, msgpack

from lakehouse_parity import kept
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.model import Probe  # noqa: TC001  msgspec reads it

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Meaning = Callable[[str, Place], Any]

RULES = (
    "asking.py", "config.py", "errors.py", "fields.py", "lossless.py", "masks.py", "model.py", "outline.py",
    "paths.py", "ready.py", "script.py", "seats.py", "suite.py", "yamlio.py",
    "../lakehouse_spec/clauses", "../lakehouse_spec/dialects/model.py", "../lakehouse_spec/wire.py",
)  # fmt: skip
"""All source that decides what a text of probes means, beside this file."""


class Read(Struct, frozen=True):
    """All that a file gives."""

    probes: tuple[Probe, ...]
    words: tuple[tuple[str, str], ...]
    """What the file asks the roster for, and what it was told."""


_ENCODE = msgpack.Encoder().encode
_DECODE = msgpack.Decoder(Read).decode


class Ready:
    """Where probes stand ready."""

    def __init__(self, store: kept.Kept) -> None:
        self._store = store

    def probes(
        self, text: bytes, meaning: Meaning, read: Callable[[Meaning], Iterable[Probe]]
    ) -> tuple[Probe, ...]:
        """The probes of a text: those that stand ready, or what `read` makes of it. Raises what that does.

        `meaning` is what the roster says of a word; `text` holds all else on which the probes depend.
        """
        ready = self._store.find(text)
        if ready is not None:
            found = _DECODE(ready)
            if all(_still(meaning, word, told) for word, told in found.words):
                return found.probes
        found = _read(meaning, read)
        with suppress(UnicodeEncodeError):  # the name of a file need not be text
            self._store.keep(text, _ENCODE(found))
        return found.probes


def _read(meaning: Meaning, read: Callable[[Meaning], Iterable[Probe]]) -> Read:
    words: dict[str, str] = {}

    def noted(word: str, place: Place) -> Any:
        words[word] = meaning(word, place)
        return words[word]

    return Read(tuple(read(noted)), tuple(words.items()))


def _still(meaning: Meaning, word: str, told: str) -> bool:
    with suppress(Mistake):
        return bool(meaning(word, Place("")) == told)
    return False


def keeping(environment: Mapping[str, str]) -> Ready | None:
    """Where this user's runs keep probes, for this very version of the rules; None where they cannot."""
    folder = kept.folder(environment)
    here = Path(__file__).parent
    try:
        sources = [path for rule in RULES for path in _files(here / rule)]
        rules = b"\0".join([msgspec.__version__.encode(), *(path.read_bytes() for path in sources)])
    except OSError:
        return None
    return Ready(kept.Kept(folder / "probes", rules)) if folder else None


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.py")) if path.is_dir() else [path]
