"""An extraction adapter that tells one lie: `python -m tests.fakes.adapter LIE`.

`honest` tells none; `ends` and `sleeps` answer everything but a text with the word `poison`, at which
the one ends and the other says nothing more.
"""

import json
import sys
import time

from tests.fakes import extractions

from lakehouse_spec.dialects import Dialect, serialise


def answer(lie, raw):
    if "poison" in raw and lie in ("ends", "sleeps"):
        sys.stdout.flush()
        if lie == "ends":
            sys.exit(1)
        time.sleep(60)
    value = getattr(extractions, lie, extractions.honest)(raw)
    found = "false" if value is None else "true"
    return f'"found":{found},"value":{serialise(value, Dialect.SERDE_JSON)}'


def main():
    for line in sys.stdin:
        question = json.loads(line)
        print(f'{{"id":{json.dumps(question["id"])},{answer(sys.argv[1], question["raw"])}}}', flush=True)


if __name__ == "__main__":
    main()
