"""From a number's text to its value, as serde_json rounds it (JS-5, JS-6, JS-7).

The texts that come here have the shape of RFC 8259 already; what is decided is the value, or that
the library finds the number out of range.
"""

from __future__ import annotations

import re
from math import inf

from lakehouse_spec.dialects.model import Refused

LARGEST_U64 = 2**64 - 1
"""The largest significand, and the largest integer, that serde_json keeps exactly."""

EXPONENT_DIGITS = 10
"""Digits of an exponent, leading zeros apart, beyond which it is only *huge*: no text is that long."""

LARGEST_POWER = 308
"""The largest power of ten that is a binary64."""

POWERS_OF_TEN = tuple(float(f"1e{exponent}") for exponent in range(LARGEST_POWER + 1))
"""Each the nearest binary64: the only factors that serde_json scales with."""

EXACT_LENGTH = 16
"""A decimal of so many characters has a significand below 2^53 and a power that is exact."""

SURE_DIGITS = 18
"""An integer of so many characters fits into 64 bits."""

PARTS = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?)([0-9]+))?")
"""Sign, integer digits, fraction digits, sign and digits of the exponent."""


def serde_integer(text: str) -> int | float:
    """Read a number without fraction and exponent: exact from -2^63 to 2^64-1, else a float (JS-5).

    `-0` is the float minus zero (JS-7).
    """
    if len(text) <= SURE_DIGITS and text != "-0":
        return int(text)
    if SURE_DIGITS < len(text) <= len(str(LARGEST_U64)) and -(2**63) <= (value := int(text)) <= LARGEST_U64:
        return value
    return _approximate(text)


def serde_float(text: str) -> float:
    """Read a number with a fraction or an exponent, by serde_json's own arithmetic (JS-6).

    Up to fifteen digits without an exponent every step is exact, and so is `float`.
    """
    if len(text) <= EXACT_LENGTH and "e" not in text and "E" not in text:
        return float(text)
    return _approximate(text)


def _approximate(text: str) -> float:
    """Digits into a 64-bit significand while they fit, then one scaling by a power of ten (JS-6)."""
    parts = PARTS.fullmatch(text)
    assert parts is not None, text
    minus, whole, fraction, exponent_sign, exponent_digits = parts.groups(default="")
    significand, taken = _take(0, whole)
    dropped = len(whole) - taken
    significand, taken = _take(significand, fraction)
    exponent = _exponent(exponent_sign, exponent_digits)
    magnitude = _scale(significand, dropped - taken + exponent)
    return -magnitude if minus else magnitude


def _take(significand: int, digits: str) -> tuple[int, int]:
    """Append digits up to the first that would overflow 64 bits; also give how many went in.

    Integer digits left over add one each to the exponent; fraction digits left over are nothing.
    """
    for taken, digit in enumerate(digits):
        grown = significand * 10 + int(digit)
        if grown > LARGEST_U64:
            return significand, taken
        significand = grown
    return significand, len(digits)


def _exponent(sign: str, digits: str) -> int:
    """Read the exponent; of one beyond 32 bits the first digits are huge to any significand but zero."""
    return int(sign + (digits.lstrip("0")[:EXPONENT_DIGITS] or "0"))


def _scale(significand: int, exponent: int) -> float:
    """Take the significand times ten to the exponent, rounded at each of the library's own steps."""
    value = float(significand)
    while exponent < -LARGEST_POWER and value != 0.0:
        value /= POWERS_OF_TEN[LARGEST_POWER]
        exponent += LARGEST_POWER
    if value == 0.0:
        return 0.0
    if exponent < 0:
        return value / POWERS_OF_TEN[-exponent]
    value = value * POWERS_OF_TEN[exponent] if exponent <= LARGEST_POWER else inf
    if value == inf:
        raise Refused("number out of range")
    return value
