"""`parity schemas`: what each document on the wire looks like, as JSON Schema."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from lakehouse_parity.errors import Mistake
from lakehouse_parity.reports import files
from lakehouse_spec.schemas import SHAPES, schema

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Print the schemas that are named, or write them; without a name list them, or write all.

    Raises Mistake for a name that there is none of.
    """
    for name in options.names:
        if name not in SHAPES:
            raise Mistake(f"there is no schema {name!r}: {', '.join(SHAPES)}")
    if options.out is not None:
        files.prepare(options.out)
        for name in options.names or SHAPES:
            files.write(options.out / f"{name}.schema.json", f"{_text(name)}\n")
    elif options.names:
        sys.stdout.writelines(f"{_text(name)}\n" for name in options.names)
    else:
        sys.stdout.writelines(f"{name:<18} {schema(name)['description']}\n" for name in SHAPES)
    return 0


def _text(name: str) -> str:
    return json.dumps(schema(name), ensure_ascii=False, indent=2)
