"""The run on a terminal: a failing line says all, and nothing in it is a command to the terminal."""

import io

import pytest
from msgspec.structs import replace
from rich.console import Console
from tests.harness.making import difference, drifted, outcome
from tests.harness.running import FACTS, PASSING, awkward, events, every_verdict, hostile, summary

from lakehouse_parity.model import Verdict
from lakehouse_parity.reports import console


def shown(*outcomes, width=200, **members):
    file = io.StringIO()
    console.show(summary(*outcomes, **members), Console(file=file, width=width, highlight=False))
    return file.getvalue()


@pytest.mark.parametrize(
    ("outcomes", "members", "last"),
    [
        (
            [outcome()],
            {},
            "PARITY: the runtimes behave the same, but for what the known list explains (exit 0)",
        ),
        ([drifted()], {}, "DIVERGENCE: the runtimes do not behave the same (exit 1)"),
        ([outcome()], {"problems": ("x",)}, "DIVERGENCE: the runtimes do not behave the same (exit 1)"),
        ([], {}, "NO VERDICT: something needed could not be observed (exit 3)"),
    ],
)
def test_the_last_line_is_the_verdict_in_one_sentence(outcomes, members, last):
    assert shown(*outcomes, **members).splitlines()[-1] == last


def test_a_failing_line_says_all():
    lines = shown(
        outcome(
            Verdict.RUST_DRIFT,
            reason="rust stands alone: go and the reference agree",
            differences=[difference("$.history[0].raw", rust="a", go="b", reference="b")],
        )
    ).splitlines()
    start = lines.index("iterate/one: rust_drift: rust stands alone: go and the reference agree")
    assert lines[start + 1 : start + 7] == [
        "  body $.history[0].raw  (rust_drift, IT-15)",
        '               rust  "a"',
        '                 go  "b"',
        '          reference  "b"',
        lines[start + 5],
        "  probe probes/iterate/one.yaml:3; again: parity run --probe iterate/one",
    ]
    assert lines[start + 5].startswith("             clause  IT-15: Accepted: status 200")


def test_the_table_counts_every_suite_and_all_together():
    lines = shown(*every_verdict(), outcome(id_="chat/one")).splitlines()
    rows = [line.split() for line in lines if line.split()[:1] in (["suite"], ["iterate"], ["chat"], ["all"])]
    assert rows == [
        ["suite", "probes", "parity", "diverged", "known", "skipped", "broken"],
        ["chat", "1", "1", "·", "·", "·", "·"],
        ["iterate", "11", "1", "7", "1", "1", "1"],
        ["all", "12", "2", "7", "1", "1", "1"],
    ]


def test_what_passes_is_not_told_at_length_but_for_the_references_own_drift():
    text = shown(*every_verdict())
    told = {verdict for verdict in Verdict if f"iterate/{verdict.value.replace('_', '-')}" in text}
    assert told == set(Verdict) - set(PASSING) | {Verdict.REFERENCE_DRIFT}


def test_probes_that_are_broken_for_one_reason_are_told_once():
    text = shown(*(outcome(Verdict.BROKEN, f"iterate/{number}", "no daemon") for number in range(3)))
    assert "not observed: iterate/0 and 2 more: no daemon" in text.splitlines()
    assert text.count("no daemon") == 1


@pytest.mark.parametrize("width", [20, 80, 200])
def test_nothing_that_a_runtime_says_reaches_the_terminal_as_a_command(width):
    text = shown(hostile(), awkward(), width=width, problems=("\x1b[2J",), unobserved=("\x1b[2J",))
    assert not set(text) & set("\x1b\x07\x00\u202e\ud800")


def test_square_brackets_are_no_styles():
    assert "[red]x[/red]" in shown(drifted("iterate/one", difference(rust="[red]x[/red]")))


def heard(*outcomes):
    file = io.StringIO()
    with console.ProgressListener(Console(file=file, width=200, highlight=False)) as listener:
        for event in events(*outcomes):
            listener(event)
    return file.getvalue().splitlines()


def test_it_names_the_runtimes_first():
    assert heard() == [
        "rust: gateway 1.2.3 at http://127.0.0.1:3100 (live, JSON as serde_json)",
        "go: validatord  at http://127.0.0.1:4110 (bundled, JSON as encoding/json)",
    ]


def test_a_daemon_that_calls_itself_a_command_to_the_terminal_is_only_quoted():
    file = io.StringIO()
    with console.ProgressListener(Console(file=file, width=200, highlight=False)) as listener:
        listener(replace(events()[0], runtimes={"rust": replace(FACTS["rust"], version="\x1b[2J\ud800")}))
    assert file.getvalue() == (
        "rust: gateway \\x1b[2J\\ud800 at http://127.0.0.1:3100 (live, JSON as serde_json)\n"
    )


def test_where_there_is_no_terminal_it_says_a_line_each_tenth():
    lines = heard(*(outcome(id_=f"a/{number}") for number in range(100)))[len(FACTS) :]
    assert lines == [f"judged {number} of 100" for number in range(10, 101, 10)]
