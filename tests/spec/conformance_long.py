"""The long run: `PYTHONPATH=src:. python -m tests.spec.conformance_long [--texts N] [--seed S]`.

A fresh seed is drawn and printed unless one is given; the exit code is 1 where anything differs.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from random import Random

from tests.spec.conformance import build_adapters, run
from tests.spec.generated_texts import texts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--texts", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=secrets.randbits(48))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    build_adapters()
    outcome = run(texts(Random(options.seed)), options.texts)
    for mismatch in outcome.mismatches[:20]:
        print(f"{mismatch.dialect.value}: {mismatch.raw!r}")
        print(f"  adapter   {mismatch.adapter!r}\n  reference {mismatch.reference!r}")
    print(outcome)
    return 1 if outcome.mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
