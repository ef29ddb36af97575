"""The known list excuses exactly what it pins, and complains of what is gone."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.harness.making import difference, drifted, outcome
from tests.harness.trees import trees

from lakehouse_parity import known, lossless
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.known import Entry, Ledger, pin, unmatched
from lakehouse_parity.known.entry import CONCERNED, Typed
from lakehouse_parity.model import Surface, Verdict

TODAY = date(2026, 12, 1)

ENTRY = """\
  - link: https://example.org/7
    probe: iterate/one
    runtime: rust
    right: go
    reason: It is so.
    places:
      - surface: body
        path: $.a
        rust: '1'
        go: '"x"'
"""


def entry(probe="iterate/one", path="$.a", values=("1", "2"), **members):
    usual = {"runtime": "rust", "surface": "body", "right": "go", "reason": "because"}
    return Entry(probe=probe, path=path, values=values, place=Place("known.yaml", 2), **(usual | members))


def ledger_after(*outcomes, entries, today=None):
    """A ledger that has these outcomes to note, as they are settled."""
    ledger = Ledger(entries, today)
    for each in outcomes:
        ledger.note(ledger.settle(each))
    return ledger


def problems(*outcomes, entries, today=None, surfaces=frozenset(Surface)):
    return list(ledger_after(*outcomes, entries=entries, today=today).problems(surfaces))


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "known.yaml"
        path.write_text(text)
        return known.load(path)

    return load


def test_an_entry_is_read_with_its_place(load):
    [found] = load("known:\n" + ENTRY)
    assert (found.probe, found.surface, found.path) == ("iterate/one", "body", "$.a")
    assert (found.runtime, found.link, found.expires) == ("rust", "https://example.org/7", None)
    assert (found.values, found.right, found.reason) == (("1", '"x"'), "go", "It is so.")
    assert str(found.place).endswith("known.yaml:8")


def test_no_file_and_an_empty_file_are_an_empty_list(tmp_path, load):
    assert known.load(tmp_path / "none.yaml") == ()
    assert load("") == ()
    assert load("known: []") == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("    reason: It is so.\n", "", 2, "an entry of the known list has no 'reason'"),
        ("It is so.", '" "', 6, "an entry needs a reason"),
        ("    runtime: rust\n", "", 2, "an entry of the known list has no 'runtime'"),
        ("runtime: rust", "runtime: python", 4, "'runtime' is one of rust, go, both"),
        ("right: go", "right: python", 5, "'right' is one of rust, go, both, neither"),
        ("'1'", "1", 10, "'rust' of a place of a known difference has to be text, not 1"),
        ("'1'", "{type: own}", 10, "unknown type 'own': count, instant"),
        ("'1'", "{\n  type: own}", 11, "unknown type 'own': count, instant"),
        ("'1'", "{type: 'prefix:'}", 10, "unknown type 'prefix:'"),
        ("'1'", "{type: count, form: x}", 10, "unknown key 'form'"),
        ("        path: $.a\n", "", 8, "a place of a known difference has no 'path'"),
        ("$.a", "a", 9, r"a path starts with \$"),
        ("$.a", "$.*", 9, r"'\$\.\*' is a wildcard: an entry is for one place"),
        ("$.a", "$.a.**", 9, r"'\$\.a\.\*\*' is a wildcard"),
        ("$.a", "$[*]", 9, r"'\$\[\*\]' is a wildcard"),
        ("surface: body", "surface: '*'", 8, "'surface' is one of status, header, body"),
        ("iterate/one", "'*'", 3, "'\\*' is a bare wildcard: name the probes that differ"),
        ("iterate/one", "iterate/*", 3, "'iterate/\\*' is a bare wildcard"),
        ("iterate/one", "it*", 3, "'it\\*' is a bare wildcard"),
        ("iterate/one", "iterate/[a-z]", 3, "'probe' is the id of a probe, in which `\\*` stands for any"),
        ("    right", "    expires: soon\n    right", 5, "'expires' is a day such as 2027-01-31, not 'soon'"),
        ("    right", "    expires: 2027-02-30\n    right", 5, "'expires' is a day"),
        ("    right", "    left: x\n    right", 5, "unknown key 'left'"),
        (ENTRY.partition("    places")[2], ": []\n", 2, "an entry needs a list 'places'"),
        (ENTRY.partition("places:")[2], " [one]\n", 7, "a place of a known difference has to be a mapping"),
        (ENTRY, "  - one\n", 2, "an entry of the known list has to be a mapping"),
        ("known:\n" + ENTRY, "- one\n", 1, "the known list has to be a mapping"),
        ("known:\n" + ENTRY, "known: one\n", 1, "'known' of the known list has to be a list"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(load, old, new, line, message):
    text = "known:\n" + ENTRY
    assert old in text
    with pytest.raises(Mistake, match=rf"/known\.yaml:{line}: {message}") as raised:
        load(text.replace(old, new))
    assert raised.value.place.line == line


def test_a_list_at_hand_as_text_is_told_of_by_the_name_given():
    with pytest.raises(Mistake, match=r"^main:known\.yaml:1: the known list has to be a mapping$"):
        known.parse("- one", "main:known.yaml")


@pytest.mark.parametrize(("path", "place"), [("'$[\"a\"]'", "$.a"), ("'$[\"*\"]'", '$["*"]')])
def test_a_path_names_its_place_however_it_is_written(load, path, place):
    [entry] = load("known:\n" + ENTRY.replace("$.a", path))
    assert entry.is_at(difference(place))


def test_the_example_of_the_documentation_is_read(load):
    text = (Path(__file__).parents[2] / "docs" / "known-list.md").read_text()
    one, other = load(text.partition("```yaml\n")[2].partition("```")[0])
    assert one.values == ("false", "true")
    assert other.values == (Typed("prefix:took "), "absent")
    assert str(one.expires) == "2027-01-31"


def test_a_list_is_called_known_and_nothing_else(load):
    with pytest.raises(Mistake, match="unknown key 'knwon'"):
        load("knwon: []")


PROBE = drifted().probe


def pin_value(value, probe=PROBE):
    return pin(probe, difference(rust=value), "rust")


def test_a_value_is_pinned_as_json_and_a_long_one_by_its_digest():
    assert pin_value(b"1.0") == "1.0"
    assert pin_value("1.0") == '"1.0"'
    assert pin_value(None) == "null"
    assert pin(PROBE, difference(rust=None), "go") == "absent"
    assert pin_value("x" * 198) == '"' + "x" * 198 + '"'
    long = pin_value("x" * 199)
    assert long.startswith("sha256:")
    assert len(long) == 71
    assert long != pin_value("y" * 199)


def test_a_trace_id_of_the_run_is_not_pinned_and_one_of_the_probe_is():
    ours, own = (replace(PROBE, trace=trace) for trace in ("parity-1-iterate/one", "t-1"))
    assert pin_value({"a": "parity-1-iterate/one"}, ours) == '{"a":"(trace id)"}'
    assert pin_value({"a": "t-1"}, own) == '{"a":"t-1"}'


@given(trees, trees)
def test_two_values_have_one_pin_only_if_they_are_written_alike(one, other):
    written = [lossless.write(value, sort=True) for value in (one, other)]
    assert (pin_value(one) == pin_value(other)) == (written[0] == written[1])


@pytest.mark.parametrize("value", ["1", "x" * 200], ids=["short", "long"])
def test_a_value_has_one_pin_in_whatever_order_its_members_come(value):
    one, other = {"a": value, "b": {"c": b"1", "d": b"2"}}, {"b": {"d": b"2", "c": b"1"}, "a": value}
    assert pin_value(one) == pin_value(other)


def test_values_too_deep_to_show_are_told_apart():
    deep = [lossless.parse(b"[" * 5000 + leaf + b"]" * 5000) for leaf in (b"1", b"2")]
    assert pin_value(deep[0]) != pin_value(deep[1])


def test_a_difference_that_is_listed_is_known_with_its_reason():
    settled = Ledger([entry()]).settle(drifted())
    assert (settled.verdict, settled.reason) == (Verdict.KNOWN, "because")
    assert settled.differences == drifted().differences


OTHERS = [
    entry(path="$.b"),
    entry(surface="session_row"),
    entry(values=("1", "3")),
    entry(values=("2", "1")),
    entry(values=('"1"', "2")),
    entry(values=("1.5", "2")),
    entry(values=("absent", "2")),
    entry(values=(Typed("text"), "2")),
    entry(runtime="go"),
    entry(runtime="both"),
]


@pytest.mark.parametrize("other", OTHERS)
def test_an_entry_for_anything_else_excuses_nothing_and_is_told_of(other):
    assert Ledger([other]).settle(drifted()) == drifted()
    assert len(problems(drifted(), entries=[other])) == 1


def test_an_entry_for_another_probe_excuses_nothing():
    assert Ledger([entry(probe="iterate/two")]).settle(drifted()) == drifted()


def test_an_entry_excuses_its_values_however_their_numbers_are_written():
    listed = [entry(values=("10e-1", "2.0"))]
    assert Ledger(listed).settle(drifted()).verdict is Verdict.KNOWN
    assert problems(drifted(), entries=listed) == []


def test_a_text_that_is_no_unicode_is_held_against_an_entry_like_any_other():
    found = drifted("iterate/one", difference(rust=["\ud800", b"1"], go=b"2"))
    for listed, verdict in ((r'["\ud800",1.0]', Verdict.KNOWN), (r'["\ud801",1]', Verdict.RUST_DRIFT)):
        assert Ledger([entry(values=(listed, "2"))]).settle(found).verdict is verdict


def test_one_difference_that_is_not_listed_spoils_the_whole_probe():
    both = drifted("iterate/one", difference("$.a"), difference("$.b"))
    assert Ledger([entry()]).settle(both) == both
    assert problems(both, entries=[entry()]) == []


def test_several_entries_together_excuse_a_probe_and_say_each_reason_once():
    entries = [entry(), entry(path="$.b"), entry(path="$.c", reason="too")]
    settled = Ledger(entries).settle(drifted("iterate/one", *map(difference, ("$.a", "$.b", "$.c"))))
    assert (settled.verdict, settled.reason) == (Verdict.KNOWN, "because; too")


@pytest.mark.parametrize("verdict", [Verdict.PARITY, Verdict.BROKEN, Verdict.SKIPPED, Verdict.UNSTABLE])
def test_what_is_no_difference_is_never_known(verdict):
    found = outcome(verdict, differences=[difference()])
    assert Ledger([entry()]).settle(found) == found


@pytest.mark.parametrize(
    ("verdict", "runtime"),
    [
        (Verdict.RUST_DRIFT, "rust"), (Verdict.GO_DRIFT, "go"), (Verdict.DIALECT, "both"),
        (Verdict.SPLIT, "both"), (Verdict.BOTH_DRIFT, "both"),
    ],
)  # fmt: skip
def test_an_entry_is_about_the_runtime_that_stands_alone_or_about_both(verdict, runtime):
    found = outcome(verdict, differences=[difference(verdict=verdict)])
    for listed in CONCERNED:
        settled = Ledger([entry(runtime=listed)]).settle(found)
        assert (settled.verdict is Verdict.KNOWN) == (listed == runtime)


@pytest.mark.parametrize(
    ("type_", "value", "holds"),
    [
        ("count", b"12", True), ("count", b"-1", False), ("count", "12", False),
        ("text", "anything", True), ("text", "", False),
        ("instant-ms", "2026-01-02T03:04:05.678Z", True), ("instant-ms", "yesterday", False),
        ("span-id", "0123456789abcdef", True), ("span-id", "0123", False),
        ("id", "x-1", True), ("id", "x 1", False),
        ("prefix:took ", "took 3 ms", True), ("prefix:took ", "took ", False), ("prefix:took ", "has", False),
    ],
)  # fmt: skip
def test_a_type_stands_for_any_value_of_it_and_for_no_other(type_, value, holds):
    found = drifted("iterate/one", difference(rust=value, go=b"2"))
    settled = Ledger([entry(values=(Typed(type_), "2"))]).settle(found)
    assert (settled.verdict is Verdict.KNOWN) == holds


def test_no_type_stands_for_a_value_that_is_not_there():
    found = drifted("iterate/one", difference(go=b"2"))
    assert Ledger([entry(values=(Typed("text"), "2"))]).settle(found) == found


def test_a_pattern_is_for_each_probe_that_it_names_and_each_has_to_differ_so():
    names = ["iterate/deep-1", "iterate/deep-2"]
    pattern = entry(probe="iterate/deep-*")
    assert [Ledger([pattern]).settle(drifted(name)).verdict for name in names] == [Verdict.KNOWN] * 2
    assert problems(*map(drifted, names), entries=[pattern]) == []
    [gone] = problems(drifted(names[0]), outcome(id_=names[1]), entries=[pattern])
    assert gone.startswith("known.yaml:2: iterate/deep-2: body $.a no longer occurs as listed")
    assert Ledger([pattern]).settle(drifted("iterate/shallow")) == drifted("iterate/shallow")


def test_an_entry_that_no_longer_occurs_is_told_of_with_what_to_do():
    [problem] = problems(outcome(), entries=[entry()])
    assert problem == (
        "known.yaml:2: iterate/one: body $.a no longer occurs as listed: nothing differs;"
        " `parity known prune` drops it"
    )


def test_an_entry_that_occurs_otherwise_is_told_of_with_both():
    [problem] = problems(drifted(), entries=[entry(values=("1", Typed("text")))])
    assert problem == (
        "known.yaml:2: iterate/one: body $.a no longer occurs as listed: rust 1, go any text (rust)"
        " are listed and rust 1, go 2 (rust) are found; look at it, then `parity known add`"
    )


def test_an_entry_excuses_through_its_last_day_and_fails_the_run_from_the_next_on():
    last = date(2027, 1, 31)
    entries = [entry(expires=last)]
    assert Ledger(entries, last).settle(drifted()).verdict is Verdict.KNOWN
    assert problems(drifted(), entries=entries, today=last) == []
    later = last + timedelta(1)
    assert Ledger(entries, later).settle(drifted()) == drifted()
    [problem] = problems(drifted(), entries=entries, today=later)
    assert problem == (
        "known.yaml:2: iterate/one: body $.a was accepted until 2027-01-31: have the difference removed,"
        " or accept it anew with a later day"
    )


def test_an_expired_entry_whose_probe_was_not_asked_is_no_problem_of_this_run():
    assert problems(outcome(id_="chat/one"), entries=[entry(expires=date(2020, 1, 1))], today=TODAY) == []


def test_without_a_day_nothing_expires():
    assert Ledger([entry(expires=date(2020, 1, 1))]).settle(drifted()).verdict is Verdict.KNOWN


def test_an_entry_whose_probe_was_not_asked_is_not_called_gone():
    assert problems(outcome(id_="iterate/two"), entries=[entry()]) == []


@pytest.mark.parametrize("verdict", [Verdict.BROKEN, Verdict.SKIPPED, Verdict.UNSTABLE])
def test_an_entry_whose_probe_could_not_be_observed_is_not_called_gone(verdict):
    assert problems(outcome(verdict), entries=[entry()]) == []


def test_an_entry_that_no_probe_matches_is_told_of():
    listed = [entry(), entry(probe="iterate/t*"), entry(probe="iterate/none"), entry(probe="iterate/n*")]
    assert list(unmatched(listed, frozenset({"iterate/one", "iterate/two"}))) == [
        "known.yaml:2: no probe matches 'iterate/none': correct it, or drop the entry",
        "known.yaml:2: no probe matches 'iterate/n*': correct it, or drop the entry",
    ]


def test_the_same_difference_stands_on_the_list_once(load):
    twice = r"known\.yaml:18: this difference stands here twice, first at .*known\.yaml:8$"
    with pytest.raises(Mistake, match=twice):
        load("known:\n" + ENTRY + ENTRY)


PROBES = ["iterate/one", "iterate/two", "chat/one"]
places = st.sampled_from(["$.a", "$.b"])
verdicts = st.sampled_from(
    [Verdict.RUST_DRIFT, Verdict.DIALECT, Verdict.SPLIT, Verdict.PARITY, Verdict.BROKEN]
)


@given(
    st.lists(st.builds(entry, st.sampled_from(PROBES), places, st.sampled_from([("1", "2"), ("1", "3")]))),
    st.builds(entry, st.sampled_from([*PROBES, "iterate/t*"]), places),
    st.lists(st.tuples(st.sampled_from(PROBES), verdicts, st.lists(places, unique=True))),
)
def test_an_entry_never_changes_the_outcome_of_another_probe(entries, extra, found):
    outcomes = [outcome(verdict, id_, differences=map(difference, at)) for id_, verdict, at in found]
    before, after = Ledger(entries), Ledger([*entries, extra])
    for each in outcomes:
        one, other = before.settle(each), after.settle(each)
        assert one == other or extra.names(each.probe.id)
        if one.verdict is Verdict.KNOWN:
            assert other.verdict is Verdict.KNOWN


def test_an_entry_about_a_surface_that_is_not_looked_at_is_not_called_gone():
    entries = [entry(surface="extraction"), entry(surface="span"), entry()]
    asked = replace(outcome(), unwired=frozenset({Surface.EXTRACTION}))
    [gone] = problems(asked, entries=entries, surfaces=frozenset({Surface.EXTRACTION, Surface.BODY}))
    assert "body $.a" in gone
