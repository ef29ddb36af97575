"""Ctrl-C and its like during a run: the first ends it in order, every further one hurries that ending."""

from __future__ import annotations

import asyncio
import signal

_NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "the end of its terminal"}


class Interruption:
    """Heeds signals for the task that is running, as long as its loop runs."""

    def __init__(self) -> None:
        self.by = ""
        """What ended the run; empty where nothing did."""

    def heed(self) -> None:
        """Cancel this task at a signal.

        A task that is cancelled while it waits for its children to end in order waits no longer.
        """
        task = asyncio.current_task()
        assert task is not None
        for number, name in _NAMES.items():
            asyncio.get_running_loop().add_signal_handler(number, self._cancel, task, name)

    def _cancel(self, task: asyncio.Task[None], name: str) -> None:
        self.by = self.by or name
        task.cancel()
