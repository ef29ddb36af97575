"""A daemon with lies to choose from, as a program: `python -m tests.fakes.drifting SEAT [--drifts]
[--config F] [--drift NAME]`.

Its drifts are `DRIFTS`, one of them equivalent and one that no probe sees; without one it is honest.
"""

import argparse
import asyncio
import json
import re
import signal
import sys
import tomllib
from pathlib import Path

from tests.fakes import lies
from tests.fakes.lying_daemon import LyingDaemon, Surroundings, Truth

from lakehouse_parity import rosters
from lakehouse_parity.config import Address


class Forgets(Truth):
    """No probe can see what it does."""


DRIFTS = {
    "answers-created": (lies.AnswersCreated, "IT-15", "status $"),
    "loses-trace-id": (lies.LosesTraceId, "IT-15", "body $.trace_id"),
    "nests-error": (lies.NestsError, "IT-15", "body $.history[*].status.error"),
    "hangs-up": (lies.HangsUp, "HT-1", "status $"),
    "mislaid": (lies.SaysHtml, "VA-1", "body $"),
    "unseen": (Forgets, "HT-2", "status $"),
    "no-difference": (Forgets, "VA-1", None),
}
"""Name -> the lie, the clause, and where it shows; None for one that is said to be equivalent."""


def listed():
    for name, (lie, clause, place) in DRIFTS.items():
        surface, _, path = (place or "").partition(" ")
        yield json.dumps(
            {
                "name": name,
                "clause": clause,
                "places": [{"surface": surface, "path": path}] if place else [],
                "what": lie.__doc__,
                "equivalent": None if place else "It does nothing at all.",
            }
        )


def surroundings(file):
    settings = tomllib.loads(Path(file).read_text())
    return Surroundings(
        rosters.load(Path(settings["roster"]["path"])),
        _address(settings["providers"]["parity"]["base_url"]),
        _address(settings["langfuse"]["base_url"]),
        Path(settings["gateway"]["session_log_path"]),
    )


def _address(url):
    host, port = re.match(r"http://(.*):(\d+)/", url).groups()
    return Address(host, int(port))


async def serve(seat, file, truth):
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with LyingDaemon(seat, surroundings(file), truth(seat)) as address:
        print(f"listening on http://{address}", flush=True)
        await stopped.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("seat")
    parser.add_argument("--drifts", action="store_true")
    parser.add_argument("--config")
    parser.add_argument("--drift")
    options = parser.parse_args()
    if options.drifts:
        print("\n".join(listed()))
    elif options.drift is not None and options.drift not in DRIFTS:
        sys.exit(2)
    else:
        truth = DRIFTS[options.drift][0] if options.drift else Truth
        asyncio.run(serve(options.seat, options.config, truth))


if __name__ == "__main__":
    main()
