"""Chapter JS: what serde_json and encoding/json accept, keep and write."""

import inspect
import json
import math
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse_spec.dialects import Dialect, Refused, parse, serialise
from lakehouse_spec.dialects.events import Event, Kind, events
from lakehouse_spec.dialects.guards import depth
from lakehouse_spec.dialects.reading import _parse_deep

SERDE, GO = Dialect.SERDE_JSON, Dialect.ENCODING_JSON
BOTH = (SERDE, GO)

scalars = st.none() | st.booleans() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
integers = st.integers(-(2**63), 2**64 - 1)


def values(leaves):
    return st.recursive(
        leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
    )


def refuses(text, dialect):
    try:
        parse(text, dialect)
    except Refused:
        return True
    return False


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize(
    "text",
    ["NaN", "Infinity", "-Infinity", "01", "-01", "+1", ".5", "5.", "0x1", "1_0", "1e", "1e+", "-", "٣",
     "{} x", "[1,]",
     '{"a":1,}', "{'a':1}", "/**/1", "1//", "\ufeff1", "\xa01", "1\v", "\f1", '"\t"', '"\x00"', '"\\x41"',
     '"\\u12"',
     '"\\u 123"', '"', "", " ", "{", "[", '{"a"}', '{"a":}', "{1:2}", "[1 2]", "tru", "nul", '"\\'],
)  # fmt: skip
def test_both_refuse_what_rfc_8259_refuses_js_1(text, dialect):
    assert refuses(text, dialect)
    assert refuses(text.encode(), dialect)


@pytest.mark.parametrize("dialect", BOTH)
def test_white_space_of_json_is_accepted_around_every_token_js_1(dialect):
    assert parse(' \t\n\r{ "a" :\t[ 1 , 2 ]\r\n} ', dialect) == {"a": [1, 2]}


@pytest.mark.parametrize("dialect", BOTH)
def test_of_duplicate_keys_the_last_wins_without_merging_js_2(dialect):
    assert parse('{"a":{"b":1},"a":{"c":{"d":1,"d":2}}}', dialect) == {"a": {"c": {"d": 2}}}


@pytest.mark.parametrize(("dialect", "limit"), [(SERDE, 127), (GO, 10_000)])
def test_nesting_is_accepted_up_to_the_limit_js_3(dialect, limit):
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        inside = "" if opening == "[" else "{}"
        nested = limit - (1 if inside else 0)
        assert not refuses(opening * nested + inside + closing * nested, dialect)
        assert refuses(opening * (nested + 1) + inside + closing * (nested + 1), dialect)
    assert not refuses("[" + "[]," * 20_000 + "[]]", dialect)
    assert not refuses('["' + "[{" * 20_000 + '"]', dialect)


def test_the_depth_of_a_value_that_a_duplicate_drops_counts_too_js_3():
    deep = "[" * 127 + "]" * 127
    assert refuses(f'{{"a":{deep},"a":1}}', SERDE)


def test_deep_texts_are_read_and_written_within_pythons_own_limit_js_3():
    limit = sys.getrecursionlimit()
    text = '{"a":["x",' * 2_000 + "1.5e-7" + ',null,{}],"b":[]}' * 2_000
    assert serialise(parse(text, GO), GO) == text
    assert sys.getrecursionlimit() == limit


@pytest.mark.parametrize("dialect", BOTH)
def test_a_text_has_the_same_value_however_deep_the_caller_stands_js_3(dialect):
    inside = '[18446744073709551615,-0,1E2,1.5e3,"x",{"a":true}]'

    def standing(frames):
        return parse("[" * 120 + inside + "]" * 120, dialect) if frames == 0 else standing(frames - 1)

    value = standing(sys.getrecursionlimit() - len(inspect.stack(0)) - 80)
    for _ in range(120):
        [value] = value
    assert repr(value) == repr(parse(inside, dialect))


@pytest.mark.parametrize(
    ("text", "go"),
    [
        (r'"\ud83d"', "\ufffd"),
        (r'"\ude00\ud83d"', "\ufffd\ufffd"),
        (r'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (r'"\uD83DA"', "\ufffdA"),
        (r'"\ud83d\u0041"', "\ufffdA"),
        (r'"\\\ud800"', "\\\ufffd"),
    ],
)
def test_a_surrogate_without_its_partner_is_refused_or_replaced_js_4(text, go):
    assert refuses(text, SERDE)
    assert parse(text, GO) == go


def test_surrogates_are_judged_in_keys_and_in_dropped_values_too_js_4():
    assert refuses(r'{"a":"\ud800","a":1}', SERDE)
    assert refuses(r'{"\ud800":1}', SERDE)
    assert parse(r'{"\ud800":1,"\udfff":2,"\ufffd":3}', GO) == {"\ufffd": 3}


@pytest.mark.parametrize("dialect", BOTH)
def test_pairs_and_escaped_backslashes_are_no_lone_surrogates_js_4(dialect):
    assert (
        parse(r'"\ud83d\ude00 \uDBFF\uDFFF \\ud800 \\\\ud800"', dialect)
        == "\U0001f600 \U0010ffff \\ud800 \\\\ud800"
    )


@pytest.mark.parametrize("number", [0, 1, -1, 2**53 + 1, 2**63, -(2**63), 2**64 - 1])
def test_serde_json_keeps_integers_of_64_bits_and_go_rounds_them_js_5(number):
    kept, rounded = parse(str(number), SERDE), parse(str(number), GO)
    assert (kept, type(kept)) == (number, int)
    assert (rounded, type(rounded)) == (float(number), float)


@pytest.mark.parametrize(
    ("text", "serde"),
    [
        ("1e-23", 1.0000000000000001e-23),
        ("319e30", 3.1900000000000002e32),
        ("0.9331271396309577", 0.9331271396309576),
        ("9007199254740993.0", 9007199254740994.0),
        ("18446744073709551616", 1.8446744073709552e19),
        ("18446744073709551619.5", 18446744073709551615.0),
        ("-9223372036854775809", -9223372036854775808.0),
        ("1.79769313486231581e308", sys.float_info.max),
        ("0e99999999999", 0.0),
        ("1e-99999999999", 0.0),
        ("18446744073709551615e-306", 1.8446744073709552e-287),
        ("0." + "0" * 400 + "1e401", 1.0),
        ("1e" + "0" * 400 + "5", 1e5),
        ("0e" + "9" * 5000, 0.0),
        ("1e-" + "9" * 5000, 0.0),
    ],
)
def test_serde_json_rounds_in_its_own_way_js_6(text, serde):
    assert parse(text, SERDE) == serde


@pytest.mark.parametrize("text", ["1e309", "-1e400", "1.8e308", "1" * 400, "1e2147483648", "1e99999999999"])
@pytest.mark.parametrize("dialect", BOTH)
def test_both_refuse_an_infinite_number_js_6(text, dialect):
    assert refuses(text, dialect)


def test_the_border_of_overflow_is_where_each_library_has_it_js_6():
    assert refuses("1.7976931348623158e308", SERDE)
    assert parse("1.7976931348623158e308", GO) == sys.float_info.max
    assert refuses("1.79769313486231581e308", GO)
    halfway = 2**1024 - 2**970
    assert refuses(str(halfway), GO)
    assert parse(str(halfway - 1), GO) == sys.float_info.max


def test_go_reads_numbers_of_more_than_800_integer_digits_in_its_own_way_js_6():
    """True values are 1.1e309 and 1.1e10; the first is not settled by its leading digits."""
    assert parse("1" * 810 + "e-500", GO) == 1.1111111111111112e299
    assert parse("-" + "1" * 810 + "e-500", GO) == -1.1111111111111112e299
    assert parse("1" * 810 + "e-799", GO) == 11111111111.11111
    assert refuses("1" * 810, GO)
    assert parse("0." + "0" * 100_000 + "1e100001", GO) == 0.0


@pytest.mark.parametrize(
    ("leading", "filler", "tail", "go"),
    [
        ("1805597376995667327", "0", "e-790", 1.8055973769956672e18),
        ("1143572708366779327", "0", "e-790", 1.1435727083667793e18),
        ("867569751686208256", "0", "e-791", 867569751.6862082),
        ("146074399906537175", "0", ".5e-792", 1.4607439990653718e16),
        ("1258352265166890624", "1", "e-793", 1258352.2651668906),
        ("4576395868576434570", "9", "e-795", 45763958685764.34),
        ("2085246296344936064", "9", "e-810", 0.02085246296344936),
        ("2225073858507201383", "1", "e-1116", 2.2250738585072014e-308),
    ],
)
def test_of_a_long_number_whose_leading_digits_settle_it_go_forgets_nothing_js_6(leading, filler, tail, go):
    """As Go's own strconv reads these 809 digits: forgetting nine of them would be seen."""
    assert parse(leading + filler * (809 - len(leading)) + tail, GO) == go


@pytest.mark.parametrize(
    ("leading", "tail", "go"),
    [
        ("33200173524361216", "e-787", 3320017352436.1216),
        ("67294193208021632", ".0e-790", 6729419320.802163),
        ("220621645420499424", "e-790", 2.2062164542049943e18),
        ("159483400396157096", "e-791", 159483400.3961571),
    ],
)
def test_of_a_long_number_halfway_between_two_go_forgets_digits_js_6(leading, tail, go):
    assert parse(leading + "0" * (809 - len(leading)) + tail, GO) == go


@pytest.mark.parametrize(
    ("tail", "go"),
    [("0e-784", 9007199254740992.0), ("1e-784", 9007199254740994.0), ("0.1e-784", 9007199254740994.0)],
)
def test_digits_that_go_does_not_keep_say_to_which_side_a_half_is_rounded_js_6(tail, go):
    assert parse("9007199254740993" + "0" * 1092 + tail, GO) == go


def test_go_reads_an_exponent_behind_any_number_of_zeros_js_6():
    assert parse("5e" + "0" * 900 + "1", GO) == 50.0


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_go_rounds_correctly_js_6(number):
    assert parse(repr(number), GO) == number


@given(st.integers(0, 2**53), st.integers(-22, 22))
def test_small_significands_and_exponents_are_exact_in_both_js_6(significand, exponent):
    text = f"{significand}e{exponent}"
    assert parse(text, SERDE) == parse(text, GO) == float(text)


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("text", ["-0", "-0.0", "-0e5", "-1e-400", "-0e-99999999999"])
def test_minus_zero_and_what_is_too_small_are_zeros_with_their_sign_js_7(text, dialect):
    assert struct.pack(">d", parse(text, dialect)) == struct.pack(">d", -0.0)
    assert math.copysign(1, parse(text[1:], dialect)) == 1


def test_bytes_that_are_not_utf_8_are_refused_or_replaced_one_by_one_js_8():
    for bad, number in (
        (b"\xff", 1),
        (b"\xe2\x82", 2),
        (b"\xed\xa0\x80", 3),
        (b"\xf0\x9f\x98", 3),
        (b"\xc0\xaf", 2),
    ):
        assert refuses(b'"' + bad + b'"', SERDE)
        assert parse(b'"' + bad + b'x"', GO) == "\ufffd" * number + "x"
        assert refuses(b"[" + bad + b"]", GO)


@pytest.mark.parametrize(
    ("text", "serde", "go"),
    [
        ("1", "1", "1"),
        ("1.0", "1.0", "1"),
        ("-0", "-0.0", "-0"),
        ("1e5", "100000.0", "100000"),
        ("1e15", "1000000000000000.0", "1000000000000000"),
        ("1e16", "1e+16", "10000000000000000"),
        ("123456789e12", "1.23456789e+20", "123456789000000000000"),
        ("1e21", "1e+21", "1e+21"),
        ("1e-5", "0.00001", "0.00001"),
        ("1.5e-5", "0.000015", "0.000015"),
        ("1e-6", "1e-6", "0.000001"),
        ("1e-7", "1e-7", "1e-7"),
        ("1e-10", "1e-10", "1e-10"),
        ("5e-324", "5e-324", "5e-324"),
        ("9007199254740993", "9007199254740993", "9007199254740992"),
        ('{"b":1.5,"a":[],"é":{},"A":"e-05 1.0"}', '{"A":"e-05 1.0","a":[],"b":1.5,"é":{}}', None),
    ],
)
def test_numbers_and_keys_are_written_in_the_librarys_form_js_9(text, serde, go):
    assert serialise(parse(text, SERDE), SERDE) == serde
    assert serialise(parse(text, GO), GO) == (serde if go is None else go)


@pytest.mark.parametrize("dialect", BOTH)
def test_keys_are_in_code_point_order_js_9(dialect):
    assert serialise({"\U0001f600": 1, "\uffff": 2, "a": 3}, dialect) == '{"a":3,"\uffff":2,"\U0001f600":1}'


@pytest.mark.parametrize("dialect", BOTH)
def test_only_control_characters_quotes_and_backslashes_are_escaped_js_10(dialect):
    text = "".join(map(chr, range(0x80))) + "<&>é\U0001f600"
    written = serialise(text, dialect)
    assert written == json.dumps(text, ensure_ascii=False)
    assert r"\"" in written
    assert all(
        escape in written for escape in (r"\\", r"\b", r"\f", r"\n", r"\r", r"\t", r"\u0000", r"\u001f")
    )


def test_only_go_escapes_the_line_separators_js_10():
    assert serialise({"\u2028": "\u2029"}, SERDE) == '{"\u2028":"\u2029"}'
    assert serialise({"\u2028": "\u2029"}, GO) == r'{"\u2028":"\u2029"}'


@given(values(scalars | integers))
def test_what_serde_json_writes_reads_as_the_same_form(value):
    text = serialise(value, SERDE)
    assert serialise(json.loads(text), SERDE) == text


@given(values(scalars))
def test_what_go_writes_it_reads_as_the_same_value(value):
    text = serialise(value, GO)
    assert parse(text, GO) == value
    assert serialise(parse(text, GO), GO) == text


@given(values(scalars | integers), st.sampled_from(BOTH))
def test_the_way_for_deep_texts_gives_the_same_values(value, dialect):
    text = json.dumps(value)
    assert repr(_parse_deep(text, dialect)) == repr((parse(text, dialect), len(text)))


@given(st.text(alphabet='{}[]",:1 a\\', max_size=12))
def test_the_way_for_deep_texts_refuses_the_same_texts(text):
    def deep(text):
        try:
            return _parse_deep(text, GO)
        except Refused:
            return None

    found = deep(text.strip(" "))
    assert (found is None or found[1] != len(text.strip(" "))) == refuses(text, GO)


@given(values(scalars))
def test_the_depth_is_counted_outside_strings(value):
    def deepest(value):
        if isinstance(value, dict):
            return 1 + max(map(deepest, value.values()), default=0)
        return 1 + max(map(deepest, value), default=0) if isinstance(value, list) else 0

    assert depth(json.dumps(value)) == deepest(value)


def test_events_say_what_was_read_and_where_reading_goes_on():
    assert list(events(' {"a\\u0062": [1, "x" ,null]} , ')) == [
        Event(Kind.OPEN, "{", 2),
        Event(Kind.KEY, "ab", 12),
        Event(Kind.OPEN, "[", 14),
        Event(Kind.NUMBER, "1", 15),
        Event(Kind.STRING, "x", 20),
        Event(Kind.WORD, "null", 26),
        Event(Kind.CLOSE, "]", 27),
        Event(Kind.CLOSE, "}", 28),
    ]
