"""Extractions that tell exactly one lie each, in the place of the Rust runtime.

`honest` is the algorithm of chapter EX, written down literally; every lie changes one piece of it.
"""

from __future__ import annotations

import json
import re

from lakehouse_spec.dialects import Dialect, Refused, parse

FENCE = "```"
SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
DIALECT = Dialect.SERDE_JSON


def read(text):
    """The object that a text is, or None."""
    try:
        value = parse(text, DIALECT)
    except Refused:
        return None
    return value if isinstance(value, dict) else None


def fences(raw, trim=lambda body: body.strip(SPACE)):
    """The candidates of the fence phase."""
    at = raw.find(FENCE)
    while at >= 0:
        line_feed = raw.find("\n", at + 3)
        begin = line_feed + 1 if line_feed >= 0 else at + 3
        end = raw.find(FENCE, begin)
        if end < 0:
            return
        yield trim(raw[begin:end])
        at = raw.find(FENCE, end + 3)


def balances(raw, forgets=True, lowest=None):
    """The slices of the balance phase."""
    depth, start = 0, None
    for at, character in enumerate(raw):
        if character == "{":
            start = at if start is None else start
            depth += 1
        elif character == "}":
            depth -= 1
            if lowest is not None:
                depth = max(depth, lowest)
            if depth == 0 and start is not None:
                yield raw[start : at + 1]
                start = None if forgets else start


def first(pieces, reading=read):
    return next((value for value in map(reading, pieces) if value is not None), None)


def last(pieces):
    return first(reversed(list(pieces)))


def both(raw, fenced=fences, balanced=balances, reading=read):
    found = first(fenced(raw), reading)
    return first(balanced(raw), reading) if found is None else found


def honest(raw):
    """No lie."""
    return both(raw)


def string_aware_braces(raw):
    """A brace inside a string does not count (EX-11)."""

    def aware(text):
        depth, start, quoted, escaped = 0, None, False, False
        for at, character in enumerate(text):
            if quoted:
                escaped, quoted = character == "\\" and not escaped, character != '"' or escaped
            elif character == '"':
                quoted = True
            elif character == "{":
                start = at if start is None else start
                depth += 1
            elif character == "}":
                depth -= 1
                if depth == 0 and start is not None:
                    yield text[start : at + 1]
                    start = None

    return both(raw, balanced=aware)


def depth_clamped_at_zero(raw):
    """A stray closing brace is forgiven (EX-12)."""
    return both(raw, balanced=lambda text: balances(text, lowest=0))


def last_object_wins(raw):
    """The last balance that is an object is taken (EX-10)."""
    found = first(fences(raw))
    return last(balances(raw)) if found is None else found


def last_fence_wins(raw):
    """The last fence that is an object is taken (EX-1)."""
    found = last(fences(raw))
    return first(balances(raw)) if found is None else found


def regex_fences(raw):
    """Fences are found by the usual regular expression, which knows one tag (EX-3)."""
    return both(raw, fenced=lambda text: re.findall(r"```(?:json)?\s*(.*?)```", text, re.DOTALL))


def tag_required(raw):
    """Only a fence that is tagged `json` is looked at (EX-2)."""
    return both(raw, fenced=lambda text: re.findall(r"```json\n(.*?)```", text, re.DOTALL))


def ascii_trim(raw):
    """Only ASCII white space is trimmed (EX-5)."""
    return both(raw, fenced=lambda text: fences(text, lambda body: body.strip("\t\n\v\f\r ")))


def python_strip(raw):
    """What Python calls white space is trimmed, U+001C to U+001F too (EX-5)."""
    return both(raw, fenced=lambda text: fences(text, str.strip))


def zero_width_trim(raw):
    """A byte order mark and zero-width characters are trimmed as well (EX-5)."""
    trimmed = SPACE + "\ufeff\u200b\u200c\u200d\u2060\u180e"
    return both(raw, fenced=lambda text: fences(text, lambda body: body.strip(trimmed)))


def no_trim(raw):
    """Nothing is trimmed that JSON does not skip itself (EX-5)."""
    return both(raw, fenced=lambda text: fences(text, lambda body: body))


def first_fence_only(raw):
    """Only the first fence is looked at (EX-6)."""
    return both(raw, fenced=lambda text: list(fences(text))[:1])


def arrays_accepted(raw):
    """A list with one object in a fence is taken for the object (EX-6)."""

    def lenient(text):
        try:
            value = parse(text, DIALECT)
        except Refused:
            return None
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        return value if isinstance(value, dict) else None

    return both(raw, reading=lenient)


def balance_first(raw):
    """The balance phase goes before the fences (EX-1)."""
    found = first(balances(raw))
    return first(fences(raw)) if found is None else found


def fences_cut_out(raw):
    """The balance phase does not look into fences (EX-7)."""
    return both(raw, balanced=lambda text: balances(re.sub(r"```.*?```", "", text, flags=re.DOTALL)))


def open_fence_accepted(raw):
    """A fence that is never closed ends with the text (EX-4)."""

    def opened(text):
        yield from fences(text)
        tail = text.rpartition(FENCE)[2]
        if text.count(FENCE) % 2:
            yield tail.partition("\n")[2].strip(SPACE)

    return both(raw, fenced=opened)


def body_right_behind(raw):
    """The body begins right behind the backticks, tag or not (EX-3)."""
    return both(raw, fenced=lambda text: [body.strip(SPACE) for body in re.findall(r"(?s)```(.*?)```", text)])


def any_line_ends_the_tag(raw):
    """A carriage return ends the tag's line as well (EX-3)."""

    def lines(text):
        at = text.find(FENCE)
        while at >= 0:
            ends = [each for each in (text.find("\n", at + 3), text.find("\r", at + 3)) if each >= 0]
            begin = min(ends) + 1 if ends else at + 3
            end = text.find(FENCE, begin)
            if end < 0:
                return
            yield text[begin:end].strip(SPACE)
            at = text.find(FENCE, end + 3)

    return both(raw, fenced=lines)


def closing_on_its_own_line(raw):
    """Closing backticks count at the beginning of a line only (EX-4)."""
    return both(
        raw, fenced=lambda text: [b.strip(SPACE) for b in re.findall(r"(?s)```[^\n]*\n(.*?)\n```", text)]
    )


def runs_of_backticks(raw):
    """A run of four backticks is one fence (EX-2)."""
    return both(raw, fenced=lambda text: fences(re.sub("`{3,}", FENCE, text)))


def tildes_accepted(raw):
    """Three tildes are a fence too (EX-2)."""
    return both(raw.replace("~~~", FENCE))


def start_never_forgotten(raw):
    """A slice that is no object does not forget its start (EX-10)."""
    return both(raw, balanced=lambda text: balances(text, forgets=False))


def inner_objects(raw):
    """Where a balance is no object, what stands inside is tried (EX-10)."""

    def inner(text):
        for piece in balances(text):
            yield piece
            if read(piece) is None:
                yield from inner(piece[1:-1])

    return both(raw, balanced=inner)


def empty_is_nothing(raw):
    """An empty object counts as none found (EX-13)."""
    return both(raw, reading=lambda text: read(text) or None)


def text_behind_accepted(raw):
    """What stands behind the value in a candidate is ignored (EX-14)."""

    def lenient(text):
        try:
            _, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return read(text)
        return read(text[:end])

    return both(raw, reading=lenient)


def first_duplicate_wins(raw):
    """Of duplicate keys the first value wins (JS-2)."""

    def reading(text):
        value = read(text)
        if value is None or len(value) < 1:
            return value
        try:
            pairs = json.loads(text, object_pairs_hook=lambda members: dict(reversed(members)))
        except (ValueError, RecursionError):
            return value
        return pairs if all(isinstance(item, str) for item in pairs.values()) else value

    return both(raw, reading=reading)


def trailing_comma_accepted(raw):
    """A comma in front of a closing brace is forgiven (JS-1)."""
    return both(raw, reading=lambda text: read(re.sub(r",\s*}", "}", text)))


def shallow(raw):
    """Only sixty arrays and objects may be open at once (JS-3)."""
    return both(raw, reading=lambda text: None if text.count("[") + text.count("{") > 60 else read(text))


def minus_zero_lost(raw):
    """`-0` is read as 0 (JS-7)."""
    return both(raw, reading=lambda text: read(re.sub(r"(?<=[:\[,])-0(?=[,}\]])", "0", text)))


LIES = (
    string_aware_braces, depth_clamped_at_zero, last_object_wins, last_fence_wins, regex_fences, tag_required,
    ascii_trim, python_strip, zero_width_trim, no_trim, first_fence_only, arrays_accepted, balance_first,
    fences_cut_out, open_fence_accepted, body_right_behind, any_line_ends_the_tag, closing_on_its_own_line,
    runs_of_backticks, tildes_accepted, start_never_forgotten, inner_objects, empty_is_nothing,
    text_behind_accepted, first_duplicate_wins, trailing_comma_accepted, shallow, minus_zero_lost,
)  # fmt: skip

NEEDS_DEPTH = (shallow,)
"""Their smallest examples are long by nature."""
