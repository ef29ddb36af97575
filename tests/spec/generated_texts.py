"""Model answers from a grammar: prose, fences, objects and near-objects, and every edge of the dialects.

Everything is drawn from one `random.Random`, so that a seed names a sequence of texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

WORDS = ("Ada", "Toledo", "fills", "candidate_id", "W-001", "the", "json", "naïve", "日本", "🙂", "", " ")
SPACES = ("", "", "", " ", " ", "\n", "\r\n", "\t", "  ")
LOOK_ALIKES = tuple(
    "\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u180e\u2000\u200a\u200b\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
ESCAPES = (
    "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0000", "\\u0041", "\\u001f", "\\u2028",
)  # fmt: skip
BAD_ESCAPES = ("\\x41", "\\u12", "\\a", "\\", "\\u00g0", "\\U0041", "\\'", "\\u 123", "\\u+123")
SURROGATES = (
    "\\ud83d\\ude00", "\\ud83d", "\\ude00", "\\uDBFF\\uDFFF", "\\ude00\\ud83d", "\\ud800\\u0041",
    "\\\\ud800", "\\\\\\ud800", "\\ud83d\\ud83d\\ude00", "\\uD83D\\n", "\\ud800\\\\udc00", "\\ufffd",
)  # fmt: skip
RAW_CHARACTERS = (
    "\u0000", "\u0007", "\u001f", "\n", "\t", "\u007f", "\u2028", "<&>", "'", "}", "{", "[", "]", "```",
    "\u00e9", "\uffff",
)  # fmt: skip
NUMBERS = (
    "0", "-0", "1", "-1", "1.0", "-0.0", "0.0", "1e0", "-0e5", "0e99999999999", "-0e-99999999999", "1e16",
    "1e15", "1e20", "1e21", "1e22", "1e23", "1e-4", "1e-5", "1e-6", "1e-7", "1.5e-5", "123456789012345678",
    "9007199254740993", "9007199254740993.0", "9223372036854775807", "-9223372036854775808",
    "-9223372036854775809", "18446744073709551615", "18446744073709551616", "18446744073709551615.5",
    "18446744073709551614.9e-3", "-18446744073709551615", "-18446744073709551616", "184467440737095516150",
    "1844674407370955161.59", "1e308", "1e309", "1e400", "-1e400", "1e-400", "1E-323", "5e-324", "2e-324",
    "2.4703282292062328e-324", "1.7976931348623157e308", "1.7976931348623158e308",
    "1.79769313486231580e308", "1.79769313486231581e308", "1.797693134862315807e308",
    "1.797693134862315808e308", "179769313486231580793e289", "1.8e308", "1e2147483647", "1e2147483648",
    "1e-2147483648", "0e2147483648", "0.0e-9999999999", "1e99999999999", "1e-99999999999", "319e30",
    "0.9331271396309577", "1e-23", "2.2250738585072014e-308", "2.2250738585072011e-308", "0.1e1", "1E+2",
    "1e+0002",
)  # fmt: skip
NO_NUMBERS = (
    "NaN", "Infinity", "-Infinity", "01", "+1", ".5", "5.", "0x1", "1_0", "1e", "1e+", "-", "--1", "1.e5",
    "\u0663", "-01", "00", "1.2.3", "truex",
)  # fmt: skip
CONSTANTS = ("true", "false", "null")
SYNTAX = (
    "{", "}", "[", "]", ",", ":", "\"", "\\", "`", "\n", " ", "0", "-", "e", "\ufeff", "//x\n", "/**/", "'",
    "\u0000",
)  # fmt: skip


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
        return self.choose(LOOK_ALIKES) if self.roll() < 0.12 else self.choose(SPACES)

    def value(self, depth: int) -> str:
        roll = self.roll()
        if roll < 0.35 or depth <= 0:
            return self.number() if roll < 0.2 else self.string()
        if roll < 0.45:
            return self.choose(CONSTANTS)
        return self.object(depth - 1) if roll < 0.75 else self.array(depth - 1)

    def array(self, depth: int) -> str:
        return "[" + self.listed([self.value(depth) for _ in range(self.random.randint(0, 3))]) + "]"

    def object(self, depth: int = 2) -> str:
        """An object whose names often fall together."""
        members = [
            f"{self.name()}{self.space()}:{self.space()}{self.value(depth)}"
            for _ in range(self.random.randint(0, 3))
        ]
        return "{" + self.listed(members) + "}"

    def listed(self, items: list[str]) -> str:
        comma = "," if self.roll() < 0.995 else self.choose((",,", ";", "", " ,\v"))
        trailing = "," if self.roll() < 0.005 else ""
        return self.space() + f"{self.space()}{comma}{self.space()}".join(items) + trailing + self.space()

    def space(self) -> str:
        roll = self.roll()
        if roll < 0.8:
            return ""
        return self.choose(SPACES) if roll < 0.999 else self.choose(LOOK_ALIKES)

    def name(self) -> str:
        return self.choose(('"a"', '"b"', '"\\u0061"', '""')) if self.roll() < 0.8 else self.string()

    def string(self) -> str:
        if self.roll() < 0.5:
            return f'"{self.choose(WORDS)}"'
        return '"' + "".join([self.piece() for _ in range(self.random.randint(0, 3))]) + '"'

    def piece(self) -> str:
        roll = self.roll()
        if roll < 0.55:
            return self.choose(WORDS)
        if roll < 0.75:
            return self.choose(ESCAPES)
        if roll < 0.86:
            return self.choose(SURROGATES)
        return self.choose(RAW_CHARACTERS if roll < 0.96 else BAD_ESCAPES if roll < 0.98 else LOOK_ALIKES)

    def number(self) -> str:
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
