"""`parity serve`: the reference as a daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity import serve, serve_config
from lakehouse_spec.dialects import Dialect

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    serve.serve(serve_config.load(options.config, Dialect(options.dialect), options.daemon))
    return 0
