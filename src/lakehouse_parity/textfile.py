"""Files that people write, read whole: what stands in a file's place is looked at before it is read.

A FIFO would be waited for, a device read for ever, and a directory is no file. Links are followed.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from lakehouse_parity.errors import Mistake, Place

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

LARGEST = 16 * 1024 * 1024
"""Bytes of a file that people write: ten thousand probes have less."""

_KINDS = (
    (stat.S_ISDIR, "is a directory; name a file in it"),
    (stat.S_ISFIFO, "is a FIFO, which would be waited for; write it to a file"),
    (stat.S_ISSOCK, "is a socket, and no file"),
    (stat.S_ISBLK, "is a device, and no file"),
)


def read(path: Path, name: str | None = None) -> str:
    """The text of a file in UTF-8. Raises Mistake, in which the file is called `name`."""
    place = Place(name or str(path))
    with opened(path, name) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Mistake(f"has more than {LARGEST >> 20} MiB, which nobody wrote by hand; split it", place)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"is not UTF-8 (byte {error.start}); save it as UTF-8"
        raise Mistake(what, Place(place.file, line)) from None


def missing(path: Path) -> bool:
    """Whether nothing stands there: a link that leads nowhere does, and so does what cannot be looked at."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return False


def opened(path: Path, name: str | None = None) -> IO[bytes]:
    """The file, open for reading, if it is one. Raises Mistake, in which it is called `name`."""
    place = Place(name or str(path))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise _unreadable(error, place) from None
    kind = next((what for holds, what in _KINDS if holds(os.fstat(descriptor).st_mode)), "")
    if kind:
        os.close(descriptor)
        raise Mistake(kind, place)
    return os.fdopen(descriptor, "rb")


def _unreadable(error: OSError | ValueError, place: Place) -> Mistake:
    """ValueError is what a name gets that no file can have."""
    return Mistake(f"cannot be read: {error.strerror if isinstance(error, OSError) else error}", place)
