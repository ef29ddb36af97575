"""`parity.yaml`: where the runtimes are, what they write to, and where the harness plays its doubles."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct, field

from lakehouse_parity import secrecy, yamlio
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.fields import Fields
from lakehouse_parity.model import RUNTIMES
from lakehouse_spec.dialects import Dialect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CAPABILITIES = ("model", "ollama", "session_log", "langfuse", "adapters", "own_log")
"""What can be wired, and so what probes can need; `own_log` is a log that nobody else reads."""

_PORT = re.compile("[0-9]{1,5}")


class Address(Struct, frozen=True):
    """Where something listens or is reached; port 0 asks the system for a free one."""

    host: str
    port: int
    place: Place | None = None
    """Where the configuration says so."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Runtime(Struct, frozen=True):
    """One seat: a daemon's address, its tag in the session log, its JSON dialect, its adapter if any."""

    name: str
    address: Address
    daemon: str
    dialect: Dialect
    adapter: tuple[str, ...] = ()
    place: Place = Place("parity.yaml")
    bundled: str = ""
    """Empty for a live daemon, else what plays it: `daemon` or `reference`."""

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{self.address}"


class Langfuse(Struct, frozen=True):
    """Where the harness plays Langfuse, and the keys it accepts."""

    listen: Address
    public_key: str
    secret_key: str


class Config(Struct, frozen=True):
    """One run's configuration; None where something is not wired."""

    runtimes: Mapping[str, Runtime]
    roster: Path
    session_log: Path | None = None
    model: Address | None = None
    provider: str = "parity"
    """The name under which the daemons know the scripted model, OpenAI's shape."""
    ollama_provider: str | None = None
    """The name under which they know it in Ollama's shape, if they do."""
    langfuse: Langfuse | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    """What must not be told, by the name that is told for it (`secrecy.secrets`)."""

    def __repr__(self) -> str:
        """What is wired, and no secret."""
        return f"Config({', '.join(self.runtimes)}: {', '.join(sorted(self.capabilities))})"

    @property
    def capabilities(self) -> frozenset[str]:
        """What is wired, as probes ask for it."""
        wired = {
            "model": self.model is not None,
            "ollama": self.model is not None and self.ollama_provider is not None,
            "session_log": self.session_log is not None,
            "langfuse": self.langfuse is not None,
            "adapters": all(runtime.adapter for runtime in self.runtimes.values()),
            "own_log": all(runtime.bundled for runtime in self.runtimes.values()),
        }
        return frozenset(name for name, is_wired in wired.items() if is_wired)


def load(path: Path) -> Config:
    """Read and check a configuration file. Raises Mistake with file and line."""
    document = yamlio.read(path)
    if document is None:
        raise Mistake("is empty; it needs at least `runtimes` and `roster`", Place(str(path)))
    fields = Fields(document, "the configuration", Place(str(path), 1))
    model = _model(fields)
    config = Config(
        runtimes=_runtimes(fields),
        roster=Path(_needed(fields, "roster")),
        session_log=_path(fields, "session_log"),
        model=model.listen if model else None,
        provider=model.provider if model else "parity",
        ollama_provider=model.ollama_provider if model else None,
        langfuse=_langfuse(fields),
        secrets=secrecy.secrets(document),
    )
    fields.close()
    return config


def _runtimes(fields: Fields) -> dict[str, Runtime]:
    section = fields.fields("runtimes")
    if section is None:
        fields.fail("the configuration has no 'runtimes'")
    found = {name: _runtime(section, name) for name in RUNTIMES}
    section.close()
    if len({runtime.daemon for runtime in found.values()}) < len(found):
        section.fail("the runtimes have one 'daemon' tag: their session rows could not be told apart")
    return found


def _runtime(section: Fields, name: str) -> Runtime:
    fields = section.fields(name)
    if fields is None:
        section.fail(f"runtimes has no {name!r}: the seats are {' and '.join(RUNTIMES)}")
    runtime = Runtime(
        name=name,
        address=_url(fields, "url"),
        daemon=_needed(fields, "daemon"),
        dialect=_dialect(fields),
        adapter=_adapter(fields),
        place=fields.place("url"),
    )
    fields.close()
    return runtime


def _dialect(fields: Fields) -> Dialect:
    name = fields.need("json", str)
    try:
        return Dialect(name)
    except ValueError:
        fields.fail(f"unknown JSON dialect {name!r}: serde_json or encoding/json", "json")


def _adapter(fields: Fields) -> tuple[str, ...]:
    section = fields.fields("extract_json")
    if section is None:
        return ()
    command = tuple(_words(section))
    section.close()
    if not command:
        section.fail("extract_json needs a 'command': a list of words")
    return command


def _words(section: Fields) -> Iterator[str]:
    for word, place in section.items("command"):
        if not isinstance(word, str):
            raise Mistake("a word of a command has to be text: put it in quotes", place)
        yield _expand(section, "command", word)


class _Model(Struct, frozen=True):
    """The section `model`."""

    listen: Address
    provider: str
    ollama_provider: str | None


def _model(fields: Fields) -> _Model | None:
    section = fields.fields("model")
    if section is None:
        return None
    provider = _optional(section, "provider") or "parity"
    found = _Model(_listen(section), provider, _optional(section, "ollama_provider"))
    section.close()
    return found


def _langfuse(fields: Fields) -> Langfuse | None:
    section = fields.fields("langfuse")
    if section is None:
        return None
    keys = [_needed(section, key) for key in ("public_key", "secret_key")]
    found = Langfuse(_listen(section), *keys)
    section.close()
    return found


def _path(fields: Fields, key: str) -> Path | None:
    text = _optional(fields, key)
    return Path(text) if text is not None else None


def _optional(fields: Fields, key: str) -> str | None:
    text = fields.get(key, str)
    return None if text is None else _expand(fields, key, text)


def _needed(fields: Fields, key: str) -> str:
    return _expand(fields, key, fields.need(key, str))


def _expand(fields: Fields, key: str, text: str) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            fields.fail(f"the environment has no {match[1]}, which {key!r} needs", key)
        return os.environ[match[1]]

    expanded = secrecy.VARIABLE.sub(value, text)
    if "\0" in expanded:
        fields.fail(f"{key!r} cannot hold a zero byte", key)
    return expanded


def _url(fields: Fields, key: str) -> Address:
    address = _address(_needed(fields, key))
    if address is None:
        written = fields.need(key, str)
        fields.fail(f"{key!r} has to be an address such as http://127.0.0.1:3100, not {written!r}", key)
    return address


def _address(url: str) -> Address | None:
    """The address of a base URL that has nothing else; None where it is none."""
    try:
        parts = urlsplit(url)
        address = Address(parts.hostname or "", parts.port or 80)
    except ValueError:
        return None
    bare = parts.scheme == "http" and parts.path in ("", "/") and not (parts.query or parts.fragment)
    return address if bare and "@" not in parts.netloc and _is_host(address.host) else None


def _listen(fields: Fields) -> Address:
    host, separator, port = _needed(fields, "listen").rpartition(":")
    host = host.strip("[]")
    usable = separator and _PORT.fullmatch(port) and int(port) <= 65535  # noqa: PLR2004  ports have 16 bits
    if not usable or not _is_host(host):
        written = fields.need("listen", str)
        fields.fail(f"'listen' has to be HOST:PORT, not {written!r}", "listen")
    return Address(host, int(port), fields.place("listen"))


def _is_host(host: str) -> bool:
    """Whether a name could be looked up; an empty one would stand for every network there is."""
    try:
        return bool(host.encode("idna")) and host.isprintable() and " " not in host
    except UnicodeError:
        return False
