"""Rows that stand whole in a line that is none: who wrote them in one piece did not lose them (SE-4)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from lakehouse_parity.sessions.members import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEGINS_ROW = re.compile(rf'\{{\s*"(?:{"|".join(TYPES)})"\s*:')
_MOST_BEGINNINGS = 64
"""Places of one line at which a row is looked for."""
_NAMES = {"session_id", "daemon"}


def whole_rows(line: bytes) -> Iterator[bytes]:
    """The rows in a line that another write stands in, as they were written."""
    text = line.decode(errors="surrogateescape")
    place = 0
    for beginning in [match.start() for match in _BEGINS_ROW.finditer(text)][:_MOST_BEGINNINGS]:
        if beginning < place:
            continue
        try:
            row, end = json.JSONDecoder().raw_decode(text, beginning)
        except (ValueError, RecursionError):
            continue
        if row.keys() >= _NAMES:
            yield text[beginning:end].encode(errors="surrogateescape")
            place = end
