"""The files of a run: written beside their place and renamed, so that a reader never sees half of one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from lakehouse_parity.errors import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO


def prepare(folder: Path) -> None:
    """Make the folder and see that it can be written to, before anything is asked. Raises Mistake."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Mistake(f"reports cannot be written to {folder}: {error.strerror}") from None


def write(path: Path, text: str) -> None:
    """Put the text in the file as a whole. Raises Mistake."""
    with writing(path) as file:
        file.write(text)


@contextmanager
def writing(path: Path) -> Iterator[IO[str]]:
    """A file to write to; it stands in its place when the block ends, whole lines of it in any case."""
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("w", encoding="utf-8", errors="surrogatepass") as file:
            yield file
        beside.replace(path)
    except OSError as error:
        raise Mistake(f"{path} cannot be written: {error.strerror}") from None
