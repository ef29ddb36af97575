"""How to ask the same again: the command that repeats a probe, and its request as a line of `curl`."""

from __future__ import annotations

import base64
import shlex
from functools import lru_cache
from typing import TYPE_CHECKING

from lakehouse_parity.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lakehouse_parity.events import RuntimeFacts
    from lakehouse_parity.model import Probe, Request

_ADDED_BY_CURL = (b"content-type", b"user-agent", b"accept")


def command(probe: Probe, runtimes: Mapping[str, RuntimeFacts]) -> str:
    """The command that asks the same runtimes this one probe again, model script and all."""
    started_here = bool(runtimes) and all(facts.bundled for facts in runtimes.values())
    bundled = "--bundled " if started_here else ""
    return f"parity run {bundled}--probe {shlex.quote(probe.id)}"


def curl(request: Request, url: str) -> str:
    """The same bytes to one runtime, as one line for bash or zsh on which no terminal acts.

    A body that is not UTF-8 or holds a zero goes through base64, since no argument can carry it. Redacted
    headers stay redacted: put the key in.
    """
    return f"{_until_address(request)} {_address(url, request.path)}"


def curls(request: Request, runtimes: Mapping[str, RuntimeFacts]) -> Iterable[tuple[str, str]]:
    """The line for each runtime that a run knows, by its name."""
    begin = _until_address(request)
    return [(name, f"{begin} {_address(facts.url, request.path)}") for name, facts in runtimes.items()]


def _until_address(request: Request) -> str:
    words = [_header(name, value) for name, value in redacted(request.headers)]
    given = {name.lower() for name, _ in request.headers}
    words += [f"-H {name.decode()}:" for name in _ADDED_BY_CURL if name not in given]
    begin = f"curl -sSi -X {_quoted(request.method, 'utf-8')} {' '.join(words)} --path-as-is"
    text = _text(request.body)
    if text is None:
        data = base64.b64encode(request.body).decode()
        return f"printf %s {data} | base64 -d | {begin} --data-binary @-"
    return f"{begin} --data-raw {_quoted(text, 'utf-8')}" if text else begin


@lru_cache(maxsize=256)
def _address(url: str, path: str) -> str:
    """Of a path that is no part of any URL, `curl` has to be told besides."""
    if path.isascii() and path.isprintable() and " " not in path and path.startswith("/"):
        return _quoted(url + path, "utf-8")
    return f"--request-target {_quoted(path, 'utf-8')} {_quoted(url, 'utf-8')}"


@lru_cache(maxsize=256)
def _header(name: bytes, value: bytes) -> str:
    """An empty header needs a semicolon: with a colon, curl would leave it out."""
    header = name + b": " + value if value.strip() else name + b";"
    return f"-H {_quoted(header.decode('latin-1'), 'latin-1')}"


def _text(body: bytes) -> str | None:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _quoted(text: str, encoding: str) -> str:
    """One word of a command line; what is not printable stands as its bytes in the shell's own escapes."""
    if text.isprintable() and (text.isascii() or encoding == "utf-8"):
        return shlex.quote(text)
    return "$'" + "".join(_escaped(character, encoding) for character in text) + "'"


def _escaped(character: str, encoding: str) -> str:
    if character in "\\'":
        return "\\" + character
    if character.isprintable() and (character.isascii() or encoding == "utf-8"):
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode(encoding, "surrogatepass"))
