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


WORD = 2**64
"""What a machine word counts up to."""

NINE_ONES = 0x1FF
"""The bits of a word that are rounded away; ones in all of them may still carry."""


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
    """Round the leading digits, down and up alike; None where they settle nothing."""
    leading, power = int(whole[:LEADING_DIGITS]), len(whole) - LEADING_DIGITS + exponent
    more = (whole[LEADING_DIGITS:] + fraction).strip("0") != ""
    values = {_rounded(leading, power), _rounded(leading + more, power)}
    return values.pop() if len(values) == 1 else None


def _rounded(leading: int, power: int) -> float | None:
    """Round leading digits times a power of ten, where that can be done at all."""
    if power not in POWERS or _ambiguous(leading, power):
        return None
    value = float(f"{leading}e{power}")
    return value if SMALLEST_NORMAL <= value < inf else None


def _ambiguous(leading: int, power: int) -> bool:
    """Tell whether the product's bits leave the rounding open (Eisel and Lemire's algorithm).

    The power's first 64 bits are multiplied in, its second 64 only where nine bits are all ones; it
    stays open where so are all that follow them, and halfway between two neighbours.
    """
    leading <<= 64 - leading.bit_length()
    high, low = divmod(_first_128_bits(power), WORD)
    product = leading * high
    if product >> 64 & NINE_ONES == NINE_ONES and product % WORD + leading >= WORD:
        second, third = divmod(leading * low, WORD)
        product += second
        if (product >> 64 & NINE_ONES, product % WORD) == (NINE_ONES, WORD - 1) and third + leading >= WORD:
            return True
    above = product >> 64
    kept = above >> (above >> 63) + 9
    return product % WORD == 0 and above & NINE_ONES == 0 and kept & 3 == 1


def _first_128_bits(power: int) -> int:
    """Take the first 128 bits of a power of ten, cut off behind them."""
    if power < 0:
        divisor = 10**-power
        return int((1 << divisor.bit_length() + 127) // divisor)
    value = 10**power
    return int(value << 128 >> value.bit_length())


def _shortened(whole: str, fraction: str, exponent: int) -> float:
    """Round from the digits kept, as if there had been no more of them in front of the point."""
    more = "1" if (whole[KEPT_DIGITS:] + fraction).strip("0") else ""
    return float(f"0.{whole[:KEPT_DIGITS]}{more}e{KEPT_DIGITS + exponent}")
