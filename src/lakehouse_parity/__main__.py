"""`python -m lakehouse_parity` is `parity`."""

import sys

from lakehouse_parity.cli import main

sys.exit(main())
