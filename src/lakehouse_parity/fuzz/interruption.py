"""Ctrl-C in a worker process: it is only noted, and the shard under way ends with what it has."""

from __future__ import annotations

import signal

from msgspec import Struct


class _Noted(Struct):
    asked: bool = False


_NOTED = _Noted()


def note_only() -> None:
    """Have this process note interrupts instead of being ended by them: what a worker begins with."""
    signal.signal(signal.SIGINT, lambda *_: setattr(_NOTED, "asked", True))


def asked() -> bool:
    """Whether this process was asked to come to an end."""
    return _NOTED.asked
