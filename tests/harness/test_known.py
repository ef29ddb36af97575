"""The known list excuses exactly what it pins, and complains of what is gone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness.making import difference, drifted, outcome
from tests.harness.trees import trees

from lakehouse_parity import known
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.known import Entry, Ledger, pin
from lakehouse_parity.model import Surface, Verdict

ENTRY = """\
  - probe: iterate/one
    right: go
    reason: It is so.
    places:
      - surface: body
        path: $.a
        rust: '1'
        go: '"x"'
"""


def entry(probe="iterate/one", path="$.a", values=("1", "2"), surface="body", reason="because"):
    return Entry(probe, surface, path, values, "go", reason, Place("known.yaml", 2))


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
    assert (found.values, found.right, found.reason) == (("1", '"x"'), "go", "It is so.")
    assert str(found.place).endswith("known.yaml:6")


def test_no_file_and_an_empty_file_are_an_empty_list(tmp_path, load):
    assert known.load(tmp_path / "none.yaml") == ()
    assert load("") == ()
    assert load("known: []") == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("    reason: It is so.\n", "", 2, "has no 'reason'"),
        ("It is so.", '" "', 4, "an entry needs a reason"),
        ("right: go", "right: python", 3, "'right' is one of rust, go, both, neither"),
        ("'1'", "1", 8, "'rust' of a place of a known difference has to be text, not 1"),
        ("        path: $.a\n", "", 6, "has no 'path'"),
        ("    right", "    left: x\n    right", 3, "unknown key 'left'"),
        (ENTRY.partition("    places")[2], ": []\n", 2, "an entry needs a list 'places'"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(load, old, new, line, message):
    assert old in ENTRY
    with pytest.raises(Mistake, match=message) as raised:
        load("known:\n" + ENTRY.replace(old, new))
    assert raised.value.place.line == line


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
    assert (pin_value(one) == pin_value(other)) == (known.lossless.write(one) == known.lossless.write(other))


def test_values_too_deep_to_show_are_told_apart():
    deep = [known.lossless.parse(b"[" * 5000 + leaf + b"]" * 5000) for leaf in (b"1", b"2")]
    assert pin_value(deep[0]) != pin_value(deep[1])


def test_a_difference_that_is_listed_is_known_with_its_reason():
    settled = Ledger([entry()]).settle(drifted())
    assert (settled.verdict, settled.reason) == (Verdict.KNOWN, "because")
    assert settled.differences == drifted().differences


@pytest.mark.parametrize(
    "other",
    [
        entry(probe="iterate/two"),
        entry(path="$.b"),
        entry(surface="session_row"),
        entry(values=("1", "3")),
        entry(values=("2", "1")),
        entry(values=('"1"', "2")),
        entry(values=("1.5", "2")),
        entry(values=("absent", "2")),
        entry(path="$.*"),
    ],
)
def test_an_entry_for_anything_else_excuses_nothing_and_is_stale(other):
    ledger = Ledger([other])
    assert ledger.settle(drifted()) == drifted()
    assert ledger.stale([other.probe]) == [other]


def test_an_entry_excuses_its_values_however_their_numbers_are_written():
    ledger = Ledger([entry(values=("10e-1", "2.0"))])
    assert ledger.settle(drifted()).verdict is Verdict.KNOWN
    assert ledger.stale(["iterate/one"]) == []


def test_one_difference_that_is_not_listed_spoils_the_whole_probe():
    ledger = Ledger([entry()])
    both = drifted("iterate/one", difference("$.a"), difference("$.b"))
    assert ledger.settle(both) == both
    assert ledger.stale(["iterate/one"]) == []


def test_several_entries_together_excuse_a_probe_and_say_each_reason_once():
    entries = [entry(), entry(path="$.b"), entry(path="$.c", reason="too")]
    settled = Ledger(entries).settle(drifted("iterate/one", *map(difference, ("$.a", "$.b", "$.c"))))
    assert (settled.verdict, settled.reason) == (Verdict.KNOWN, "because; too")


@pytest.mark.parametrize("verdict", [Verdict.PARITY, Verdict.BROKEN, Verdict.SKIPPED, Verdict.UNSTABLE])
def test_what_is_no_difference_is_never_known(verdict):
    found = outcome(verdict, differences=[difference()])
    assert Ledger([entry()]).settle(found) == found


def test_an_entry_that_no_longer_occurs_is_stale():
    ledger = Ledger([entry()])
    ledger.settle(outcome())
    assert ledger.stale(["iterate/one"]) == [entry()]


def test_an_entry_whose_probe_was_not_asked_is_not_stale():
    assert Ledger([entry()]).stale(["iterate/two"]) == []


def test_an_entry_whose_probe_could_not_be_observed_is_not_called_gone():
    ledger = Ledger([entry()])
    ledger.settle(outcome(Verdict.BROKEN))
    assert ledger.stale(["iterate/one"]) == []


def test_an_entry_for_a_probe_that_does_not_exist_is_an_orphan():
    assert Ledger([entry(), entry(probe="iterate/two")]).orphans(["iterate/one"]) == [
        entry(probe="iterate/two")
    ]


PROBES = ["iterate/one", "iterate/two", "chat/one"]
places = st.sampled_from(["$.a", "$.b"])
verdicts = st.sampled_from(
    [Verdict.RUST_DRIFT, Verdict.DIALECT, Verdict.SPLIT, Verdict.PARITY, Verdict.BROKEN]
)


@given(
    st.lists(st.builds(entry, st.sampled_from(PROBES), places, st.sampled_from([("1", "2"), ("1", "3")]))),
    st.builds(entry, st.sampled_from(PROBES), places),
    st.lists(st.tuples(st.sampled_from(PROBES), verdicts, st.lists(places, unique=True))),
)
def test_an_entry_never_changes_the_outcome_of_another_probe(entries, extra, found):
    outcomes = [outcome(verdict, id_, differences=map(difference, at)) for id_, verdict, at in found]
    before, after = Ledger(entries), Ledger([*entries, extra])
    for each in outcomes:
        one, other = before.settle(each), after.settle(each)
        assert one == other or each.probe.id == extra.probe
        if one.verdict is Verdict.KNOWN:
            assert other.verdict is Verdict.KNOWN


def test_an_entry_about_a_surface_that_is_not_wired_is_not_called_gone():
    ledger = Ledger([entry(surface="extraction"), entry(surface="body")])
    ledger.settle(replace(outcome(), unwired=frozenset({Surface.EXTRACTION})))
    assert ledger.stale(["iterate/one"]) == [entry(surface="body")]
