"""How to ask the same again: the command that repeats a probe, and its request as a line of `curl`."""

from __future__ import annotations

import base64
import shlex
from typing import TYPE_CHECKING

from lakehouse_parity.recording import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lakehouse_parity.events import RuntimeFacts
    from lakehouse_parity.model import Probe, Request

_ADDED_BY_CURL = (b"content-type", b"user-agent", b"accept")


def command(probe: Probe) -> str:
    """The command that asks this one probe again, model script and all."""
    return f"parity run --probe {shlex.quote(probe.id)}"


def curl(request: Request, url: str) -> str:
    """The same bytes to one runtime, as a line for a POSIX shell.

    A request that is no plain text goes through base64, so that neither shell nor terminal acts on it.
    Redacted headers stay redacted: put the key in.
    """
    words = ["curl", "-sSi", "-X", request.method]
    for name, value in redacted(request.headers):
        words += ["-H", _header(name, value)]
    given = {name.lower() for name, _ in request.headers}
    for name in _ADDED_BY_CURL:
        if name not in given:
            words += ["-H", f"{name.decode()}:"]
    words.append("--path-as-is")
    address = url + request.path
    text = _plain(request.body)
    line = shlex.join([*words, *(["--data-raw", text] if text else []), address])
    if text is not None:
        return line
    data = base64.b64encode(request.body).decode()
    return f"printf %s {data} | base64 -d | {shlex.join([*words, '--data-binary', '@-', address])}"


def curls(request: Request, runtimes: Mapping[str, RuntimeFacts]) -> Iterable[tuple[str, str]]:
    """The line for each runtime that a run knows, by its name."""
    return [(name, curl(request, facts.url)) for name, facts in runtimes.items()]


def _header(name: bytes, value: bytes) -> str:
    """An empty header needs a semicolon: with a colon, curl would leave it out."""
    shown = value.decode("latin-1")
    return f"{name.decode('latin-1')}: {shown}" if shown.strip() else f"{name.decode('latin-1')};"


def _plain(body: bytes) -> str | None:
    """The body as text that a terminal shows as it is; None where it is something else."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return text if text.replace("\n", "").isprintable() else None
