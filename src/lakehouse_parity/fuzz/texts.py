"""Model answers from a grammar: prose, fences, objects and near-objects, and every edge of the dialects.

Everything is drawn from one `random.Random`, so that a seed names a sequence of texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.fuzz.tokens import (
    BAD_ESCAPES,
    CONSTANTS,
    ESCAPES,
    LOOK_ALIKES,
    NO_NUMBERS,
    NUMBERS,
    RAW_CHARACTERS,
    SPACES,
    SURROGATES,
    SYNTAX,
    WORDS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random


def texts(random: Random) -> Iterator[str]:
    """Give model answers without end."""
    grammar = Grammar(random)
    while True:
        yield grammar.text()


class Grammar:
    """The rules of the grammar, each a method that draws one alternative."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.choose = random.choice
        self.roll = random.random

    def text(self) -> str:
        """A whole answer: a few parts, and sometimes one wrong character anywhere."""
        if self.roll() < 0.002:
            return self.deep()
        whole = "".join([self.part() for _ in range(self.random.randint(1, 4))])
        return self.mutated(whole) if self.roll() < 0.15 else whole

    def part(self) -> str:
        """One fence, object, piece of prose or piece of syntax."""
        roll = self.roll()
        if roll < 0.30:
            return self.fence()
        if roll < 0.60:
            return self.object()
        if roll < 0.85:
            return self.prose()
        return self.choose(
            ("}", "{", "{}", "} {", "```", "````", "``", "~~~\n", "\n", "{ x }", "null", "[]", '{"')
        )

    def prose(self) -> str:
        """Two words."""
        return (
            self.choose(WORDS) + self.choose(SPACES) + self.choose(WORDS) + self.choose(("\n", " ", ". ", ""))
        )

    def fence(self) -> str:
        """A fence of any kind, with white space and its look-alikes around the body."""
        opening = self.choose(
            (
                "```json\n",
                "```\n",
                "```",
                "``` ",
                "```json ",
                "```JSON\r\n",
                "````\n",
                "```a`b\n",
                "```\u2028",
            )
        )
        closing = self.choose(("\n```", "\n```", "```", "\n```\n", "\n````", "", "\n``", "\r```"))
        body = self.object() if self.roll() < 0.8 else self.choose((self.value(2), self.prose(), ""))
        return f"{opening}{self.margin()}{body}{self.margin()}{closing}"

    def margin(self) -> str:
        """What stands between a fence and its body."""
        return self.choose(LOOK_ALIKES) if self.roll() < 0.12 else self.choose(SPACES)

    def value(self, depth: int) -> str:
        """Any value, nested at most so deeply."""
        roll = self.roll()
        if roll < 0.35 or depth <= 0:
            return self.number() if roll < 0.2 else self.string()
        if roll < 0.45:
            return self.choose(CONSTANTS)
        return self.object(depth - 1) if roll < 0.75 else self.array(depth - 1)

    def array(self, depth: int) -> str:
        """An array of up to three values."""
        return "[" + self.listed([self.value(depth) for _ in range(self.random.randint(0, 3))]) + "]"

    def object(self, depth: int = 2) -> str:
        """An object whose names often fall together."""
        members = [
            f"{self.name()}{self.space()}:{self.space()}{self.value(depth)}"
            for _ in range(self.random.randint(0, 3))
        ]
        return "{" + self.listed(members) + "}"

    def listed(self, items: list[str]) -> str:
        """Items between commas, seldom the wrong ones."""
        comma = "," if self.roll() < 0.995 else self.choose((",,", ";", "", " ,\v"))
        trailing = "," if self.roll() < 0.005 else ""
        return self.space() + f"{self.space()}{comma}{self.space()}".join(items) + trailing + self.space()

    def space(self) -> str:
        """Mostly nothing."""
        roll = self.roll()
        if roll < 0.8:
            return ""
        return self.choose(SPACES) if roll < 0.999 else self.choose(LOOK_ALIKES)

    def name(self) -> str:
        """A member's name, from few, so that they fall together."""
        return self.choose(('"a"', '"b"', '"\\u0061"', '""')) if self.roll() < 0.8 else self.string()

    def string(self) -> str:
        """A string of words, escapes and characters that do not belong there."""
        if self.roll() < 0.5:
            return f'"{self.choose(WORDS)}"'
        return '"' + "".join([self.piece() for _ in range(self.random.randint(0, 3))]) + '"'

    def piece(self) -> str:
        """One part of a string."""
        roll = self.roll()
        if roll < 0.55:
            return self.choose(WORDS)
        if roll < 0.75:
            return self.choose(ESCAPES)
        if roll < 0.86:
            return self.choose(SURROGATES)
        return self.choose(RAW_CHARACTERS if roll < 0.96 else BAD_ESCAPES if roll < 0.98 else LOOK_ALIKES)

    def number(self) -> str:
        """A number of any kind."""
        roll = self.roll()
        if roll < 0.35:
            return self.choose(NUMBERS)
        if roll < 0.37:
            return self.choose(NO_NUMBERS)
        if roll < 0.5:
            return str(self.random.randint(-1000, 1000))
        if roll < 0.55:
            return self.near_border()
        return self.digits(roll)

    def digits(self, roll: float) -> str:
        """Random digits of any length: an integer, a decimal, or either with an exponent."""
        sign = "-" if self.roll() < 0.2 else ""
        whole = str(self.random.getrandbits(self.random.randint(1, 80)))
        if roll < 0.62:
            return sign + whole
        fraction = (
            "."
            + "0" * self.random.choice((0, 0, 0, 1, 5, 20))
            + str(self.random.getrandbits(self.random.randint(1, 80)))
        )
        whole = whole if self.roll() < 0.5 else "0"
        if roll < 0.8:
            return f"{sign}{whole}{fraction}"
        exponent = self.random.randint(-345, 320) if self.roll() < 0.5 else self.random.randint(-30, 30)
        written = f"{self.choose('eE')}{exponent:{self.choose(('d', '+d'))}}"
        return f"{sign}{whole}{fraction if self.roll() < 0.6 else ''}{written}"

    def near_border(self) -> str:
        """A number of many digits, near 2^64 or the largest binary64, or longer than any of them."""
        roll = self.roll()
        if roll < 0.3:
            return str(2**64 + self.random.randint(-3, 30)) + self.choose(
                ("", ".5", "0", "e1", ".25e-7", "00.5")
            )
        if roll < 0.6:
            return f"1.797693134862315{self.random.randint(70, 82)}{self.random.getrandbits(24)}e308"
        if roll < 0.7:
            return str(2**1024 - 2**970 + self.random.randint(-1, 1))
        if roll < 0.8:
            return f"0.{'0' * 330}{self.random.getrandbits(60)}e{self.random.randint(0, 40)}"
        if roll < 0.95:
            return str(self.random.getrandbits(self.random.randint(1020, 1026)))
        digits = str(self.random.getrandbits(60)) * self.random.choice((42, 45, 56, 240))
        exponent = self.random.randint(-len(digits) - 330, -len(digits) + 330)
        return digits + self.choose(("", ".5", f"e{exponent}", f"e{exponent}", f".001E{exponent}"))

    def mutated(self, text: str) -> str:
        """One character away, one in, or two halves the other way round."""
        at = self.random.randrange(len(text) + 1)
        roll = self.roll()
        if roll < 0.4:
            return text[:at] + text[at + 1 :]
        return text[:at] + self.choose(SYNTAX) + text[at:] if roll < 0.9 else text[at:] + text[:at]

    def deep(self) -> str:
        """An object nested near a limit, by any mixture of arrays and objects."""
        around = 10_000 if self.roll() < 0.01 else self.choose((127, 127, 127, 990))
        depth = self.random.randint(around - 3, around + 3) - 1
        opening = ['{"a":' if self.roll() < 0.5 else "[" for _ in range(depth)]
        closing = ["}" if opener != "[" else "]" for opener in reversed(opening)]
        inside = self.choose(("", "1", '"[[{{"', "{}", "[]", "null"))
        whole = "".join(['{"d":', *opening, inside or ("1" if opening[-1] != "[" else ""), *closing, "}"])
        return f"```json\n{whole}\n```" if self.roll() < 0.7 else whole
