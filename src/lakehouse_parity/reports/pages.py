"""What every page of this project has in common: one file, escaped by the template engine, no network."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import sys
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
import msgspec
from markupsafe import Markup

from lakehouse_parity import kept

if TYPE_CHECKING:
    from jinja2.bccache import Bucket

_ESCAPED = re.compile(
    "[<>&\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff]"
)
"""What could end a script element, and what an editor or a terminal would act on; JSON escapes the rest."""
_ESCAPED_IN_ASCII = tuple((character, f"\\u{ord(character):04x}") for character in "<>&\x7f")


def render(package: str, template: str, **values: Any) -> str:
    """The page from a template of that package, every value escaped, in characters that UTF-8 has."""
    page = _environment(package).get_template(template).render(**values)
    return page.encode(errors="backslashreplace").decode()


class _Compiled(jinja2.BytecodeCache):
    """Templates as an earlier run has compiled them, which takes longer than to draw a small page."""

    def __init__(self, store: kept.Kept) -> None:
        self._store = store

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled of this very source; the library tells its own versions apart."""
        if code := self._store.find(_source(bucket)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._store.keep(_source(bucket), bucket.bytecode_to_string())


def _source(bucket: Bucket) -> bytes:
    return f"{bucket.key} {bucket.checksum}".encode()


@cache
def _environment(package: str) -> jinja2.Environment:
    folder = kept.folder(os.environ)
    version = f"{jinja2.__version__} {sys.version}".encode()
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        bytecode_cache=_Compiled(kept.Kept(folder / "templates", version)) if folder else None,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def part(package: str, name: str) -> Markup:
    """A style sheet or a script that stands beside the templates, as it is."""
    return Markup(resources.files(package).joinpath("templates", name).read_text("utf-8"))  # noqa: S704  our own file


def data(value: Any) -> Markup:
    """The value as JSON that can stand in a script element, whatever texts are in it."""
    return Markup(script_text(compact(value)))  # noqa: S704  nothing in it can end the element


def compact(value: Any) -> str:
    """A value as JSON on one line."""
    try:
        return _ENCODE(value).decode()
    except UnicodeEncodeError:
        return _ANYTHING(msgspec.to_builtins(value))


_ENCODE = msgspec.json.Encoder().encode
_ANYTHING = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Also half a surrogate pair."""


def script_text(text: str) -> str:
    """JSON as it can stand in a script element."""
    if not text.isascii():
        return _ESCAPED.sub(_escape, text)
    for character, escape in _ESCAPED_IN_ASCII:  # a tenth of the time of the pattern
        text = text.replace(character, escape)
    return text


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def policy(style: str, script: str) -> str:
    """The content security policy of a page that has this one style and script, and loads nothing."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
