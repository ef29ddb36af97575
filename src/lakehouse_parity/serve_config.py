"""The configuration of the reference daemon: the TOML file and the environment of the bundled daemons."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakehouse_parity import rosters, textfile
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.serve import LangfuseOptions, Provider, ServeOptions
from lakehouse_spec.service import ProviderKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lakehouse_spec.dialects import Dialect

_SECTIONS = {
    "server": ("listen",),
    "gateway": ("session_log_path",),
    "roster": ("path",),
    "langfuse": ("base_url", "public_key", "secret_key"),
}
_PROVIDER = ("base_url", "kind", "api_key")
_ENVIRONMENT = {
    "LAKEHOUSE_LISTEN": ("server", "listen"),
    "LAKEHOUSE_SESSION_LOG_PATH": ("gateway", "session_log_path"),
    "LAKEHOUSE_ROSTER_PATH": ("roster", "path"),
    "LAKEHOUSE_LANGFUSE_BASE_URL": ("langfuse", "base_url"),
    "LAKEHOUSE_LANGFUSE_PUBLIC_KEY": ("langfuse", "public_key"),
    "LAKEHOUSE_LANGFUSE_SECRET_KEY": ("langfuse", "secret_key"),
}
_DEFAULT_LISTEN = {"gateway": "127.0.0.1:3100", "validatord": "127.0.0.1:4110"}

Sections = dict[str, dict[str, str]]


def load(path: Path | None, dialect: Dialect, daemon: str) -> ServeOptions:
    """Read the file, if there is one, and the environment over it. Raises Mistake with file and key."""
    place = Place(str(path) if path else "the environment")
    document = _read(path) if path else {}
    providers = _providers(document.pop("providers", {}), place)
    sections = _overridden(_checked(document, place))
    host, port = _listen(sections, daemon, place)
    log = sections["gateway"].get("session_log_path")
    return ServeOptions(
        dialect=dialect,
        daemon=daemon,
        version="0.1.0",
        roster=rosters.load(Path(_needed(sections, "roster", "path", place))),
        host=host,
        port=port,
        providers=providers,
        session_log=Path(log) if log else None,
        langfuse=_langfuse(sections["langfuse"], place),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(textfile.read(path))
    except (ValueError, RecursionError) as error:
        raise Mistake(f"is not TOML: {error}", Place(str(path))) from None


def _checked(document: dict[str, Any], place: Place) -> Sections:
    for section, values in document.items():
        if section not in _SECTIONS or not isinstance(values, dict):
            raise Mistake(f"unknown section [{section}]", place)
        _check_keys(section, values, _SECTIONS[section], place)
    return {section: dict(document.get(section, {})) for section in _SECTIONS}


def _check_keys(section: str, values: Mapping[str, Any], known: tuple[str, ...], place: Place) -> None:
    for key, value in values.items():
        if key not in known:
            raise Mistake(f"unknown key {section}.{key}", place)
        if not isinstance(value, str):
            raise Mistake(f"{section}.{key} has to be a string", place)


def _overridden(sections: Sections) -> Sections:
    for variable, (section, key) in _ENVIRONMENT.items():
        if os.environ.get(variable):
            sections[section][key] = os.environ[variable]
    return sections


def _needed(sections: Sections, section: str, key: str, place: Place) -> str:
    if key not in sections[section]:
        raise Mistake(f"{section}.{key} is missing", place)
    return sections[section][key]


def _listen(sections: Sections, daemon: str, place: Place) -> tuple[str, int]:
    text = sections["server"].get("listen", _DEFAULT_LISTEN.get(daemon, "127.0.0.1:0"))
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdigit():
        raise Mistake(f"server.listen has to be HOST:PORT, not {text!r}", place)
    return host.strip("[]"), int(port)


def _providers(section: Any, place: Place) -> dict[str, Provider]:
    if not isinstance(section, dict):
        raise Mistake("[providers] has to be a table of tables", place)
    return {name: _provider(name, values, place) for name, values in section.items()}


def _provider(name: str, values: Any, place: Place) -> Provider:
    if not isinstance(values, dict):
        raise Mistake(f"[providers.{name}] has to be a table", place)
    _check_keys(f"providers.{name}", values, _PROVIDER, place)
    if "base_url" not in values:
        raise Mistake(f"providers.{name}.base_url is missing", place)
    try:
        kind = ProviderKind(values.get("kind", "openai"))
    except ValueError:
        raise Mistake(f"providers.{name}.kind is openai or ollama, not {values['kind']!r}", place) from None
    return Provider(values["base_url"], kind)


def _langfuse(values: dict[str, str], place: Place) -> LangfuseOptions | None:
    if not values:
        return None
    missing = [key for key in _SECTIONS["langfuse"] if key not in values]
    if missing:
        raise Mistake(f"langfuse.{missing[0]} is missing", place)
    return LangfuseOptions(**values)
