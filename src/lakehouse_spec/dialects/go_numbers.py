"""From a number's text to its value, as encoding/json rounds it (JS-5, JS-6, JS-7).

Up to 800 integer digits that is the nearest binary64, and `float` gives it. Beyond them it depends on
how Go's strconv reads a number: first by its leading 19 digits, which settles most; where that settles
nothing, from 800 digits, and then it forgets that there were more of them in front of the point.
"""

from __future__ import annotations

from math import inf, isinf

from lakehouse_spec.dialects.model import Refused
from lakehouse_spec.dialects.serde_numbers import PARTS

KEPT_DIGITS = 800
"""Digits from which Go rounds where fewer do not settle it."""

LEADING_DIGITS = 19
"""Digits from which Go tries to round first."""

POWERS = range(-348, 348)
"""The powers of ten with which it can try."""

EXPONENT_DIGITS = 5
"""Digits of an exponent, leading zeros apart, that Go reads before it has enough."""

SMALLEST_NORMAL = 2.0**-1022
"""Below it the leading digits settle nothing."""


def go_number(text: str) -> float:
    """Read any number: the nearest binary64, refused where that is infinite (JS-6)."""
    value = float(text) if len(text) <= KEPT_DIGITS else _long_number(text)
    if isinf(value):
        raise Refused("number out of range")
    return value


def _long_number(text: str) -> float:
    """Read a number of more characters than digits are kept."""
    parts = PARTS.fullmatch(text)
    assert parts is not None, text
    minus, whole, fraction, exponent_sign, exponent_digits = parts.groups(default="")
    exponent = int(exponent_sign + (exponent_digits.lstrip("0")[:EXPONENT_DIGITS] or "0"))
    if len(whole) <= KEPT_DIGITS:
        return float(f"{minus}{whole}.{fraction or 0}e{exponent}")
    settled = _settled(whole, fraction, exponent)
    magnitude = _shortened(whole, fraction, exponent) if settled is None else settled
    return -magnitude if minus else magnitude


def _settled(whole: str, fraction: str, exponent: int) -> float | None:
    """Round the leading digits, up and down alike; None where they settle nothing."""
    leading, power = int(whole[:LEADING_DIGITS]), len(whole) - LEADING_DIGITS + exponent
    more = (whole[LEADING_DIGITS:] + fraction).strip("0") != ""
    lower, upper = float(f"{leading}e{power}"), float(f"{leading + more}e{power}")
    return lower if power in POWERS and lower == upper and SMALLEST_NORMAL <= lower < inf else None


def _shortened(whole: str, fraction: str, exponent: int) -> float:
    """Round from the digits kept, as if there had been no more of them in front of the point."""
    more = "1" if (whole[KEPT_DIGITS:] + fraction).strip("0") else ""
    return float(f"0.{whole[:KEPT_DIGITS]}{more}e{KEPT_DIGITS + exponent}")
