"""`parity extract`: the reference extraction on standard input, one text or the adapter protocol."""

from __future__ import annotations

import json
import select
import sys
from typing import TYPE_CHECKING

from lakehouse_spec.dialects import Dialect, serialise
from lakehouse_spec.extract import extract

if TYPE_CHECKING:
    import argparse
    from typing import BinaryIO

_NOTHING = 1


def run(options: argparse.Namespace) -> int:
    """Print the artifact and return 0, or 1 where there is none; with `--lines` answer every line."""
    dialect = Dialect(options.dialect)
    if options.lines:
        _lines(sys.stdin.buffer, sys.stdout.buffer, dialect)
        return 0
    artifact = extract(sys.stdin.buffer.read().decode(errors="replace"), dialect)
    if artifact is None:
        print("nothing: no JSON object can be taken from this text", file=sys.stderr)  # noqa: T201  the answer
        return _NOTHING
    sys.stdout.buffer.write(serialise(artifact, dialect).encode() + b"\n")
    return 0


def _lines(source: BinaryIO, sink: BinaryIO, dialect: Dialect) -> None:
    """Answer line by line, in order; flush when no further line is waiting."""
    for line in source:
        sink.write(answer(line, dialect) + b"\n")
        if not select.select([source], [], [], 0)[0]:
            sink.flush()
    sink.flush()


def answer(line: bytes, dialect: Dialect) -> bytes:
    """The adapter's answer to one line; a line that is no question is answered with an error."""
    try:
        question = json.loads(line)
        identity, raw = question["id"], question["raw"].encode("utf-16", "surrogatepass")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return json.dumps({"id": None, "error": f"not a question: {error!r}"}).encode()
    artifact = extract(raw.decode("utf-16", "replace"), dialect)
    value = "null" if artifact is None else serialise(artifact, dialect)
    found = "false" if artifact is None else "true"
    return f'{{"id":{json.dumps(identity)},"found":{found},"value":{value}}}'.encode()
