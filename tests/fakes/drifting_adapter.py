"""The honest extraction, as a program that takes a `--drift` without minding it: `DIALECT [--drift NAME]`."""

import sys

from lakehouse_parity.cli import main

if __name__ == "__main__":
    sys.exit(main(["extract", "--lines", "--dialect", sys.argv[1]]))
