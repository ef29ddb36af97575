"""What a configuration knows that must not leave the process, by the name under which it is left out."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from lakehouse_parity import yamlio
from lakehouse_parity.errors import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""A place in a configuration's text where a value of the environment stands."""


def known_to(path: Path) -> dict[str, str]:
    """The secrets of a configuration file; none where it cannot be read."""
    try:
        return secrets(yamlio.read(path))
    except Mistake:
        return {}


def secrets(document: Any) -> dict[str, str]:
    """By name: what every `${NAME}` stands for, and Langfuse's secret key.

    A value that has two names has the first; a variable that the environment lacks is left out.
    """
    found = {name: os.environ[name] for name in _variables(document) if name in os.environ}
    section = document.get("langfuse") if isinstance(document, dict) else None
    key = section.get("secret_key") if isinstance(section, dict) else None
    if isinstance(key, str):
        found["langfuse.secret_key"] = VARIABLE.sub(lambda name: os.environ.get(name[1], name[0]), key)
    return found


def _variables(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from VARIABLE.findall(value)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _variables(item)
