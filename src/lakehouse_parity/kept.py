"""What was made of a text once, kept for the runs to come: the same text never has to be read twice.

It stands in the user's cache folder under a digest of the text and of the program that reads it, behind a
digest of its own: what is torn, of another version, or not there is made anew, and where nothing can be
written nothing is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST = 1_000
"""Texts of which something is kept; those kept first go first."""
_DIGEST = 32
"""Bytes."""


class Kept:
    """What one reader made of texts; `version` says which reader, so that another's is not taken for it."""

    def __init__(self, folder: Path, version: bytes) -> None:
        self._folder = folder
        self._version = _digest(version)

    def of(self, text: bytes, make: Callable[[], bytes]) -> bytes:
        """What was made of the text, or what `make` makes of it now. Raises what `make` does."""
        found = self.find(text)
        if found is None:
            found = make()
            self.keep(text, found)
        return found

    def find(self, text: bytes) -> bytes | None:
        """What was made of the text; None where that is not known."""
        with contextlib.suppress(OSError, ValueError):
            return _opened(self._place(text).read_bytes())
        return None

    def keep(self, text: bytes, made: bytes) -> None:
        """Keep what was made of the text, if that can be."""
        with contextlib.suppress(OSError):
            self._keep(self._place(text), made)

    def _place(self, text: bytes) -> Path:
        return self._folder / _digest(self._version + text).hex()

    def _keep(self, place: Path, data: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_digest(data) + data)
            Path(beside).replace(place)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise
        self._make_room()

    def _make_room(self) -> None:
        kept = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime)
        for path in kept[:-MOST]:
            path.unlink(missing_ok=True)


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST).digest()


def _opened(written: bytes) -> bytes:
    """What stands in a file. Raises ValueError where it is not whole."""
    digest, data = written[:_DIGEST], written[_DIGEST:]
    if _digest(data) != digest:
        raise ValueError("torn")
    return data


def folder(environment: Mapping[str, str]) -> Path | None:
    """The user's cache folder for this program, as the XDG base directories say; None where there is none."""
    given = environment.get("XDG_CACHE_HOME", "")
    home = environment.get("HOME", "")
    root = Path(given) if given.startswith("/") else Path(home, ".cache") if home.startswith("/") else None
    return root / "lakehouse-parity" if root else None
