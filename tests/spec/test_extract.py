"""Chapter EX: from raw to one object, or nothing."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lakehouse_spec.dialects import Dialect, Refused, parse
from lakehouse_spec.extract import FENCE, WHITE_SPACE, extract

SERDE, GO = Dialect.SERDE_JSON, Dialect.ENCODING_JSON
A, B = {"a": 1}, {"b": 2}


def literally(raw, dialect):  # noqa: C901  # the clauses, not our own shape of them
    """The clauses EX-1 to EX-14 word for word, at whatever cost."""

    def taken(text):
        try:
            value = parse(text, dialect)
        except Refused:
            return None
        return value if isinstance(value, dict) else None

    position = 0
    while (opening := raw.find(FENCE, position)) >= 0:
        after = raw[opening + 3 :]
        body = after[after.index("\n") + 1 :] if "\n" in after else after
        if FENCE not in body:
            break
        if (artifact := taken(body[: body.index(FENCE)].strip(WHITE_SPACE))) is not None:
            return artifact
        position = len(raw) - len(body) + body.index(FENCE) + 3
    depth, start = 0, None
    for at, character in enumerate(raw):
        if character == "{":
            start = at if start is None else start
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0 and start is not None:
                if (artifact := taken(raw[start : at + 1])) is not None:
                    return artifact
                start = None
    return None


PIECES = [*'`\n{}" []', "```", "json", "x", "\u00a0", '{"a":1}', '{"b":{"c":2}}', "{ x }", '{"a":"}"}']


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), st.sampled_from([SERDE, GO]))
@example('} { {"a":1} {"b":2}', SERDE)
@example('{ x }{x}} {{"a":1}', SERDE)
def test_extraction_equals_the_clauses_word_for_word(raw, dialect):
    assert extract(raw, dialect) == literally(raw, dialect)


@pytest.mark.parametrize(
    ("clause", "raw", "artifact"),
    [
        ("EX-1", 'see {"a":1}\n```json\n{"b":2}\n```', B),
        ("EX-1", '```\n{"a":1}\n```\n```\n{"b":2}\n```', A),
        ("EX-2", '    ```\n{"a":1}\n```', A),
        ("EX-2", '````\n{"a":1}\n````', A),
        ("EX-2", '~~~\n{"a":1}\n~~~\n```\n{"b":2}\n```', B),
        ("EX-3", '```json {"a":1}```\n{"b":2}\n```', B),
        ("EX-3", '```any words at all\n{"a":1}```', A),
        ("EX-3", '```{"a":1}```', A),
        ("EX-3", '```json\r{"a":1}\r```', A),
        ("EX-4", '```\n{"a":1}', A),
        ("EX-4", '{"b":2} ```\n{"a":1}', B),
        ("EX-4", '{"c":"```{}```"}', {}),
        ("EX-5", f'}}```\n{WHITE_SPACE}{{"a":1}}{WHITE_SPACE}\n```', A),
        ("EX-6", '```\nnot json\n```\n```\n{"a":1}\n```', A),
        ("EX-6", '```\n[{"in":1}]\n```', {"in": 1}),
        ("EX-6", "```\nnull\n```", None),
        ("EX-7", '```\nbad {"a":1}\n```', A),
        ("EX-8", 'x { x } {"a":1}', A),
        ("EX-9", 'so {"a":{"b":{}}} it is', {"a": {"b": {}}}),
        ("EX-10", '{bad} {"a":1}', A),
        ("EX-10", '{{"a":1}}', None),
        ("EX-10", '{ x {"a":1} y }', None),
        ("EX-11", '{"t":"a } b"}{"x":1}', None),
        ("EX-11", '{"t":"{}"}', {"t": "{}"}),
        ("EX-12", '} {"a":1}', None),
        ("EX-12", '} { {"a":1} {"b":2}', B),
        ("EX-12", '} {x} {"a":"{"}', None),
        ("EX-13", "{}", {}),
        ("EX-13", "no braces at all", None),
        ("EX-13", "", None),
        ("EX-14", '```\n{"a":1,"x":oops}\n```\n{"b":2}', B),
        ("EX-14", '}```\n{"a":1} and more\n```', None),
    ],
)
def test_the_quirks_are_rules(clause, raw, artifact):
    for dialect in (SERDE, GO):
        assert extract(raw, dialect) == artifact, clause


@pytest.mark.parametrize("kept", "\x1c\x1d\x1e\x1f\u180e\u200b\u200c\u200d\u2060\ufeff")
def test_look_alikes_of_white_space_are_not_trimmed_ex_5(kept):
    assert extract(f'}}```\n{kept}{{"a":1}}\n```', SERDE) is None


def test_white_space_is_exactly_the_unicode_property_ex_5():
    assert len(WHITE_SPACE) == len(set(WHITE_SPACE)) == 25
    assert {ord(character) for character in WHITE_SPACE} == {
        *range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F,
        0x3000
    }  # fmt: skip


def test_whether_a_candidate_parses_is_the_dialects_matter_ex_6():
    raw = '```\n{"a":"\\ud800"}\n```\n```\n{"b":2}\n```'
    assert extract(raw, SERDE) == B
    assert extract(raw, GO) == {"a": "\ufffd"}


@pytest.mark.parametrize(
    "unit",
    [
        "`",
        "```",
        "{",
        "}",
        "}{",
        "{x} ",
        '{"} ',
        '```{"":```\n',
        '{"a":[',
        "```\n",
        '{"\\',
        '{"a":"\\ud800"}',
    ],
)
def test_twice_the_text_costs_about_twice_the_time_ex_15(unit):
    def seconds(size):
        raw = unit * (size // len(unit))
        began = time.process_time()
        extract(raw, SERDE)
        return time.process_time() - began

    small, large = (min(seconds(size) for _ in range(3)) for size in (200_000, 1_600_000))
    assert large < 8 * small * 2.5 + 0.05
