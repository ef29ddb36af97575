"""Plots as inline SVG, without script or network; colours are the page's, for light and dark."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 720
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 14, 34
COLOURS = 6
"""The page has this many colours for series; further series begin again."""


class Line(Struct, frozen=True):
    """One series over shared places."""

    name: str
    values: Sequence[float]


class Bar(Struct, frozen=True):
    """One bar made of parts, with what is written at its end."""

    name: str
    parts: Sequence[float]
    note: str


class Range(Struct, frozen=True):
    """A row with marks on a logarithmic scale."""

    name: str
    marks: Sequence[float]
    note: str


def lines(about: str, places: Sequence[str], series: Sequence[Line], width: int = WIDTH) -> Markup:
    """Draw shares from 0 to 1 over places such as attempts or days."""
    height = 240
    inner, deep = width - _LEFT - _RIGHT, height - _TOP - _BOTTOM
    xs = [_LEFT + inner * (place + 0.5) / max(len(places), 1) for place in range(len(places))]
    drawn = [_percent_grid(width, deep)]
    drawn += [_text(xs[place], height - 12, places[place], "middle") for place in _labelled(len(places))]
    for number, each in enumerate(series):
        points = [(x, _TOP + deep * (1 - value)) for x, value in zip(xs, each.values, strict=True)]
        drawn.append(_series(points, number % COLOURS, each, places))
    return _svg(about, (width, height), drawn)


def _series(points: list[tuple[float, float]], colour: int, each: Line, places: Sequence[str]) -> Markup:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = Markup("").join(
        Markup('<circle class="dot c{}" cx="{:.1f}" cy="{:.1f}" r="3"><title>{}</title></circle>').format(
            colour, x, y, f"{each.name}, {place}: {value * 100:.1f} %"
        )
        for (x, y), place, value in zip(points, places, each.values, strict=True)
    )
    return Markup('<polyline class="line c{}" points="{}"/>').format(colour, path) + dots


def _percent_grid(width: int, deep: float) -> Markup:
    drawn = []
    for step in range(0, 101, 25):
        y = _TOP + deep * (1 - step / 100)
        drawn += [_rule(_LEFT, y, width - _RIGHT, y), _text(_LEFT - 8, y + 4, f"{step} %", "end")]
    return Markup("").join(drawn)


def _labelled(count: int, most: int = 8) -> range:
    return range(0, count, max(1, math.ceil(count / most)))


def bars(about: str, rows: Sequence[Bar]) -> Markup:
    """Draw horizontal bars of stacked parts; each row has its name above it."""
    most = max((sum(row.parts) for row in rows), default=0) or 1
    drawn = []
    for place, row in enumerate(rows):
        top = _TOP + place * 44
        drawn += [_text(0, top + 6, row.name, "start"), _text(WIDTH, top + 6, row.note, "end")]
        start = 0.0
        for number, part in enumerate(row.parts):
            width = part / most * WIDTH
            drawn.append(_bar(start, top + 14, width, number % COLOURS))
            start += width
    return _svg(about, (WIDTH, _TOP + 44 * len(rows)), drawn)


def _bar(x: float, y: float, width: float, colour: int) -> Markup:
    return Markup('<rect class="bar c{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="14"/>').format(
        colour, x, y, width
    )


def ranges(about: str, rows: Sequence[Range], unit: str) -> Markup:
    """Draw marks on a logarithmic scale, the first and the last of each row joined."""
    low = math.floor(math.log10(max(1, min((min(row.marks) for row in rows), default=1))))
    high = math.ceil(math.log10(max(10, *(max(row.marks) for row in rows)))) if rows else low + 1
    left, height = 220, _TOP + 34 * len(rows) + _BOTTOM
    scale = (WIDTH - left - _RIGHT) / max(high - low, 1)
    drawn = []
    for power in range(low, high + 1):
        x = left + (power - low) * scale
        drawn += [
            _rule(x, _TOP, x, height - _BOTTOM),
            _text(x, height - 12, f"{10**power:,} {unit}", "end" if power == high else "middle"),
        ]
    for place, row in enumerate(rows):
        y = _TOP + 34 * place + 17
        xs = [left + (math.log10(max(1, mark)) - low) * scale for mark in row.marks]
        drawn += [_text(0, y + 4, row.name, "start"), *_marks(xs, y, row)]
    return _svg(about, (WIDTH, height), drawn)


def _marks(xs: Sequence[float], y: float, row: Range) -> Iterable[Markup]:
    yield Markup('<line class="span" x1="{:.1f}" y1="{y:.1f}" x2="{:.1f}" y2="{y:.1f}"/>').format(
        xs[0], xs[-1], y=y
    )
    for number, x in enumerate(xs):
        yield Markup(
            '<circle class="dot c{}" cx="{:.1f}" cy="{:.1f}" r="5"><title>{}</title></circle>'
        ).format(number, x, y, f"{row.name}: {row.note}")


def legend(names: Sequence[str]) -> Markup:
    """Say which colour is whose."""
    items = (
        Markup('<span><i class="key c{}"></i>{}</span>').format(place % COLOURS, name)
        for place, name in enumerate(names)
    )
    return Markup('<p class="legend">{}</p>').format(Markup("").join(items))


def _text(x: float, y: float, words: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, words)


def _rule(x: float, y: float, to_x: float, to_y: float) -> Markup:
    return Markup('<line class="grid" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
        x, y, to_x, to_y
    )


def _svg(about: str, size: tuple[int, int], drawn: Iterable[Markup]) -> Markup:
    head = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(*size, about)
    return head + Markup("").join(drawn) + Markup("</svg>")
