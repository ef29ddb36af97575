"""The session log under a run: what is written from now on, whatever happens to the file."""

import gc
import os
from itertools import product

import pytest
from tests.harness.making import row

from lakehouse_parity.errors import Unobservable
from lakehouse_parity.sessions.tail import Row, Tail, share


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sessions.jsonl"


@pytest.fixture
def tail(path):
    tails = []

    def opened():
        tails.append(Tail(path))
        tails[-1].open()
        return tails[-1]

    yield opened
    for each in tails:
        each.close()


def append(path, *lines):
    with path.open("ab") as file:
        file.write(b"".join(line + b"\n" for line in lines))


def line(session="s", model="m", **members):
    return row(session_id=session, model=model, **members)


def lines(tail, sessions=("s",), model=""):
    return [each.line for each in tail.find(set(sessions), model)]


def test_a_growing_log_gives_each_row_once_when_it_is_written(path, tail):
    reading = tail()
    assert reading.read() == 0
    append(path, line(n=1))
    assert (reading.read(), lines(reading)) == (1, [line(n=1)])
    append(path, line(n=2), line(n=3))
    assert (reading.read(), reading.rows) == (2, 3)
    assert lines(reading) == [line(n=1), line(n=2), line(n=3)]
    assert reading.read() == 0


TORN = [b"%s%s", b'%s{"schema":"session%s', b'{"schema":"s","kind":"\xc3%s"}%s']


@pytest.mark.parametrize("torn", TORN)
def test_a_row_that_stands_whole_in_a_torn_line_is_not_lost(path, tail, torn):
    reading = tail()
    append(path, torn % (line(daemon="gateway", n=1), line(daemon="validatord", n=2)), b"", line(n=3))
    assert reading.read() == 3
    assert lines(reading) == [line(daemon="gateway", n=1), line(daemon="validatord", n=2), line(n=3)]
    assert len(reading.unreadable) == 2


def test_what_stood_there_before_the_run_is_never_seen(path, tail):
    append(path, line(n=0), b"nonsense")
    reading = tail()
    append(path, line(n=1))
    assert (reading.read(), lines(reading), reading.unreadable) == (1, [line(n=1)], [])


def test_a_log_of_many_gigabytes_is_read_from_its_end_alone(path, tail):
    before = 64 << 30
    path.touch()
    os.truncate(path, before)
    reading = tail()
    append(path, line(n=1))
    assert (reading.read(), lines(reading), reading.unreadable) == (1, [line(n=1)], [])


def test_a_log_that_does_not_exist_yet_is_read_from_its_beginning(path, tail):
    reading = tail()
    assert (reading.read(), reading.read()) == (0, 0)
    append(path, line(n=1), line(n=2))
    assert (reading.read(), lines(reading), reading.accident) == (2, [line(n=1), line(n=2)], "")


def test_a_log_in_a_folder_that_does_not_exist_yet_is_awaited_too(path, tail):
    inner = Tail(path.parent / "later" / "sessions.jsonl")
    inner.open()
    assert inner.read() == 0
    (path.parent / "later").mkdir()
    append(path.parent / "later" / "sessions.jsonl", line())
    assert inner.read() == 1
    inner.close()


def test_a_rotated_log_is_read_to_its_end_and_the_new_one_from_its_beginning(path, tail):
    append(path, line(n=0))
    reading = tail()
    append(path, line(n=1))
    reading.read()
    append(path, line(n=2))
    path.rename(path.with_suffix(".1"))
    append(path.with_suffix(".1"), line(n=3))
    append(path, line(n=4))
    assert reading.read() == 3
    assert lines(reading) == [line(n=1), line(n=2), line(n=3), line(n=4)]
    assert reading.accident == ""


def test_a_writer_that_still_has_the_rotated_file_open_is_heard(path, tail):
    append(path, line(n=0))
    reading = tail()
    with path.open("ab", buffering=0) as writer:
        path.rename(path.with_suffix(".1"))
        append(path, line(n=1))
        reading.read()
        writer.write(line(n=2) + b"\n")
        append(path, line(n=3))
        assert reading.read() == 2
    assert lines(reading) == [line(n=1), line(n=2), line(n=3)]


def test_a_log_that_is_gone_for_a_moment_is_awaited(path, tail):
    append(path, line(n=0))
    reading = tail()
    append(path, line(n=1))
    path.unlink()
    assert (reading.read(), reading.read()) == (1, 0)
    append(path, line(n=2))
    assert (reading.read(), lines(reading)) == (1, [line(n=1), line(n=2)])


def test_half_a_line_at_a_rotation_never_runs_into_the_next_file(path, tail):
    append(path, line(n=0))
    reading = tail()
    with path.open("ab") as file:
        file.write(b'{"session_id":"s","torn')
    path.rename(path.with_suffix(".1"))
    append(path, line(n=1))
    reading.read()
    assert (lines(reading), reading.unreadable) == ([line(n=1)], [])
    assert reading.unfinished == [b'{"session_id":"s","torn']


def test_a_truncated_log_is_read_anew_and_that_is_said(path, tail):
    append(path, line(n=0), line(n=1))
    reading = tail()
    os.truncate(path, 0)
    append(path, line(n=2))
    assert (reading.read(), lines(reading)) == (1, [line(n=2)])
    assert reading.accident == f"the session log {path} was truncated during the run"


def test_a_torn_last_line_is_no_row_until_it_is_finished(path, tail):
    reading = tail()
    whole = line(n=1)
    with path.open("ab", buffering=0) as file:
        file.write(whole[:20])
        assert (reading.read(), reading.unfinished) == (0, [whole[:20]])
        file.write(whole[20:])
        assert (reading.read(), reading.unfinished) == (0, [whole])
        file.write(b"\n")
        assert (reading.read(), reading.unfinished, lines(reading)) == (1, [], [whole])


@pytest.mark.parametrize(
    "junk", [b"", b"nonsense", b"7", b"[]", b'"x"', b'{"a":', b'{"a":1}{"b":2}', b"\xff", b"null"]
)
def test_a_line_that_is_no_object_is_kept_as_unreadable_and_hides_nothing(path, tail, junk):
    reading = tail()
    append(path, line(n=1), junk, line(n=2))
    assert (reading.read(), reading.unreadable) == (3, [junk])
    assert lines(reading) == [line(n=1), line(n=2)]


def test_a_line_longer_than_a_piece_is_one_row(path, tail):
    reading = tail()
    long = line(prompt="x" * 3_000_000)
    append(path, long, line(n=2))
    assert (reading.read(), lines(reading)) == (2, [long, line(n=2)])


def test_a_log_that_cannot_be_read_leaves_the_run_without_a_verdict(path):
    path.mkdir()
    with pytest.raises(
        Unobservable, match=r"the session log .*sessions\.jsonl: is a directory; name a file in it"
    ):
        Tail(path).open()


def test_rows_are_found_by_session_or_by_model_each_once(path, tail):
    reading = tail()
    append(
        path, line("a", "m"), line("a", "n"), line("b", "m"), line("c", "o"), row(session_id=7, model=None)
    )
    reading.read()
    assert lines(reading, ["a"]) == [line("a", "m"), line("a", "n")]
    assert lines(reading, ["a"], "m") == [line("a", "m"), line("a", "n"), line("b", "m")]
    assert lines(reading, ["a", "b"]) == [line("a", "m"), line("a", "n"), line("b", "m")]
    assert lines(reading, [], "o") == [line("c", "o")]
    assert lines(reading, ["x"], "y") == []
    assert lines(reading, [], "") == []


def test_identical_lines_are_so_many_rows(path, tail):
    reading = tail()
    append(path, line(), line())
    reading.read()
    assert lines(reading, ["s"], "m") == [line(), line()]


def test_rows_that_are_forgotten_are_not_found_again_and_the_others_are(path, tail):
    reading = tail()
    append(path, line("a"), line("b"), line("a"))
    reading.read()
    reading.forget(reading.find({"a"}, ""))
    assert lines(reading, ["a", "b"], "m") == [line("b")]
    append(path, line("a"))
    reading.read()
    assert lines(reading, ["a"]) == [line("a")]


def test_a_tail_that_forgot_every_row_holds_nothing(path, tail):
    reading = tail()
    append(path, *(line(str(number)) for number in range(100)))
    reading.read()
    gc.collect()
    before = len(gc.get_objects())
    reading.forget(reading.find({*map(str, range(100))}, ""))
    gc.collect()
    assert len(gc.get_objects()) < before - 90  # a list each; rows are in no cycle, and not tracked


TAGS = {"rust": "gateway", "go": "validatord"}


def rows(*tags):
    return [Row(f"{tag}-{number}".encode(), tag, "s", "m") for number, tag in enumerate(tags)]


def shared(*tags):
    return {
        runtime: [found.decode() for found in lines] for runtime, lines in share(rows(*tags), TAGS).items()
    }


@pytest.mark.parametrize(
    ("tags", "rust", "go"),
    [
        ([], [], []),
        (["gateway", "validatord"], ["gateway-0"], ["validatord-1"]),
        (["validatord", "gateway"], ["gateway-1"], ["validatord-0"]),
        (["gateway"], ["gateway-0"], []),
        (["validatord"], [], ["validatord-0"]),
        (["gateway", "gateway", "validatord"], ["gateway-0", "gateway-1"], ["validatord-2"]),
    ],
)
def test_a_row_belongs_to_the_runtime_whose_tag_it_has(tags, rust, go):
    assert shared(*tags) == {"rust": rust, "go": go}


@pytest.mark.parametrize(
    ("tags", "rust", "go"),
    [
        (["other", "validatord"], ["other-0"], ["validatord-1"]),
        (["gateway", "other"], ["gateway-0"], ["other-1"]),
        (["", "validatord"], ["-0"], ["validatord-1"]),
        (["other", "another"], ["other-0"], ["another-1"]),
    ],
)
def test_a_row_under_nobodys_tag_belongs_to_the_runtime_that_has_none(tags, rust, go):
    assert shared(*tags) == {"rust": rust, "go": go}


def test_a_row_under_the_others_tag_belongs_to_the_runtime_that_has_none():
    assert [len(found) for found in shared("validatord", "validatord").values()] == [1, 1]
    assert [len(found) for found in shared("gateway", "gateway").values()] == [1, 1]


def test_a_row_too_many_under_nobodys_tag_is_not_lost():
    assert shared("gateway", "validatord", "other") == {
        "rust": ["gateway-0", "other-2"],
        "go": ["validatord-1"],
    }


@pytest.mark.parametrize("tags", list(product(["gateway", "validatord", "x"], repeat=4)))
def test_sharing_never_loses_or_doubles_a_row(tags):
    found = shared(*tags)
    assert sorted(found["rust"] + found["go"]) == sorted(f"{tag}-{number}" for number, tag in enumerate(tags))
