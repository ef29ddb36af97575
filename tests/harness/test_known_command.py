"""`parity known add|prune` writes the list from a recorded full run, and from nothing less."""

import pytest
from tests.harness.making import bodies, observed, probe, sides

from lakehouse_parity import known, recording
from lakehouse_parity.cli import main
from lakehouse_parity.commands import known as command
from lakehouse_parity.events import Finished, Judged, Started
from lakehouse_parity.model import Observation, Outcome, Verdict

GO_DRIFTS = bodies('{"a":1,"b":1}', '{"a":2,"b":1}', '{"a":1,"b":1}')
GO_DRIFTS_TWICE = bodies('{"a":1,"b":1}', '{"a":2,"b":3}', '{"a":1,"b":1}')
PARITY = bodies('{"a":1}', '{"a":1}', '{"a":1}')


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Record a run of these observations by probe, and give it to the command."""
    monkeypatch.setattr(command.rosters, "load", lambda _path: None)
    (tmp_path / "probes").mkdir()

    def run(action, seen, *more, lacking=(), ends=True):
        ids = [*seen, *lacking]
        monkeypatch.setattr(command.suite, "load", lambda *_: [probe(id_) for id_ in ids])
        path = tmp_path / "recording.jsonl"
        with path.open("w") as file:
            recorder = recording.Recorder(file)
            recorder(Started("2026-12-01T10:00:00+00:00", {}, len(seen)))
            for id_, observations in seen.items():
                recorder(Judged(Outcome(probe(id_), Verdict.SPLIT, "then"), observations))
            if ends:
                recorder(Finished(1))
        where = ["--recording", str(path), "--probes", str(tmp_path / "probes")]
        code = main(["known", action, *more, *where])
        return code, capsys.readouterr()

    return run


@pytest.fixture
def listed(tmp_path):
    """What stands on the list, by probe and path."""

    def listed():
        return {(e.probe, e.path): e for e in known.load(tmp_path / "probes" / "known.yaml")}

    return listed


ACCEPTED = ("--right", "rust", "--reason", "It is so.")


def test_what_differs_is_added_with_everything_that_pins_it(run, listed):
    more = ("--link", "https://example.org/7", "--expires", "2027-01-31")
    code, said = run("add", {"iterate/one": GO_DRIFTS, "iterate/two": PARITY}, *ACCEPTED, *more)
    assert code == 0
    assert "0 entries before, 1 now" in said.out
    [entry] = listed().values()
    assert (entry.probe, entry.runtime, entry.surface, entry.path) == ("iterate/one", "go", "body", "$.a")
    assert (entry.values, entry.right, entry.reason) == (("1", "2"), "rust", "It is so.")
    assert (entry.link, str(entry.expires)) == ("https://example.org/7", "2027-01-31")


def test_only_what_matches_is_added(run, listed):
    run("add", {"iterate/one": GO_DRIFTS, "iterate/two": GO_DRIFTS}, "*/two", *ACCEPTED)
    assert list(listed()) == [("iterate/two", "$.a")]


def test_what_is_listed_already_is_not_listed_again_and_keeps_its_reason(run, listed):
    run("add", {"iterate/one": GO_DRIFTS}, *ACCEPTED)
    run("add", {"iterate/one": GO_DRIFTS_TWICE}, "--right", "rust", "--reason", "More.")
    assert {path: entry.reason for (_, path), entry in listed().items()} == {
        "$.a": "It is so.",
        "$.b": "More.",
    }


def test_an_entry_that_occurs_otherwise_is_replaced(run, listed):
    run("add", {"iterate/one": GO_DRIFTS}, *ACCEPTED)
    changed = bodies('{"a":1,"b":1}', '{"a":7,"b":1}', '{"a":1,"b":1}')
    run("add", {"iterate/one": changed}, "--right", "rust", "--reason", "Looked at again.")
    [entry] = listed().values()
    assert (entry.values, entry.reason) == (("1", "7"), "Looked at again.")


def test_what_needs_no_excuse_is_not_added(run, listed):
    code, _ = run("add", {"iterate/one": PARITY}, *ACCEPTED)
    assert (code, listed()) == (0, {})


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ((), "`parity known add` needs --right and --reason"),
        (("--right", "go", "--reason", " "), "needs --right and --reason"),
        ((*ACCEPTED, "--expires", "soon"), "--expires soon: a day is written as 2027-01-31"),
        (("iterate/n*", *ACCEPTED), "nothing that diverged in this run matches 'iterate/n*'"),
    ],
)
def test_what_cannot_be_added_is_a_mistake_and_nothing_is_written(run, listed, more, message):
    code, said = run("add", {"iterate/one": GO_DRIFTS}, *more)
    assert (code, listed()) == (2, {})
    assert message in said.err


@pytest.mark.parametrize("action", ["add", "prune"])
def test_a_run_that_lacks_a_probe_is_refused(run, listed, action):
    code, said = run(action, {"iterate/one": GO_DRIFTS}, *ACCEPTED, lacking=["iterate/two"])
    assert (code, listed()) == (2, {})
    assert "is not a full run: 1 probes are missing, iterate/two first" in said.err


@pytest.mark.parametrize("action", ["add", "prune"])
def test_a_run_that_was_cut_short_is_refused(run, listed, action):
    code, said = run(action, {"iterate/one": GO_DRIFTS}, *ACCEPTED, ends=False)
    assert (code, listed()) == (2, {})
    assert "is not a full run: it was cut short" in said.err


def test_a_run_in_which_something_was_not_observed_is_refused(run, listed):
    hung_up = sides(Observation(failure="hung up"), observed())
    code, said = run("prune", {"iterate/one": GO_DRIFTS, "iterate/two": hung_up})
    assert (code, listed()) == (2, {})
    assert "is not a full run: 1 probes are missing, iterate/two first" in said.err


def test_what_is_gone_and_what_names_nothing_is_pruned_and_the_rest_stays(run, listed):
    run("add", {"iterate/one": GO_DRIFTS, "iterate/two": GO_DRIFTS, "iterate/old": GO_DRIFTS}, *ACCEPTED)
    run("prune", {"iterate/one": GO_DRIFTS, "iterate/two": PARITY})
    assert list(listed()) == [("iterate/one", "$.a")]


def test_of_a_pattern_the_probes_are_left_that_still_show_it(run, listed, tmp_path):
    run("add", {"iterate/one": GO_DRIFTS}, *ACCEPTED)
    path = tmp_path / "probes" / "known.yaml"
    path.write_text(path.read_text().replace("iterate/one", "'iterate/d*'"))
    same = {"iterate/d1": GO_DRIFTS, "iterate/d2": GO_DRIFTS}
    run("prune", same)
    assert list(listed()) == [("iterate/d*", "$.a")]
    run("prune", {**same, "iterate/d3": PARITY})
    assert list(listed()) == [("iterate/d1", "$.a"), ("iterate/d2", "$.a")]
