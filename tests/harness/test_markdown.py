"""The summary for pull requests: bounded, and nothing in it is markup but what the report says itself."""

import re

import pytest
from tests.harness.making import difference, drifted, outcome
from tests.harness.running import RUNS, awkward, every_verdict, hostile, summary

from lakehouse_parity.model import Verdict
from lakehouse_parity.reports import markdown


def rendered(*outcomes, **members):
    return markdown.render(summary(*outcomes, **members))


@pytest.mark.parametrize(
    ("outcomes", "head"),
    [
        ([outcome()], "## ✅ Parity: the runtimes behave the same"),
        ([drifted()], "## ❌ Divergence: the runtimes do not behave the same"),
        ([], "## ⚠️ No verdict: something needed could not be observed"),
    ],
)
def test_it_begins_with_the_verdict(outcomes, head):
    assert rendered(*outcomes).startswith(head)


def test_the_table_is_that_of_the_console():
    lines = rendered(*every_verdict()).splitlines()
    assert "| suite | probes | parity | diverged | known | skipped | broken |" in lines
    assert "| iterate | 11 | 1 | 7 | 1 | 1 | 1 |" in lines
    assert "| **all** | 11 | 1 | 7 | 1 | 1 | 1 |" in lines


def test_a_divergence_has_its_sides_its_clause_and_its_command():
    text = rendered(drifted("iterate/one", difference("$.a", rust="x", go="y", reference="y")))
    assert "### `iterate/one`: rust drift" in text
    assert '           rust  "x"\n             go  "y"\n      reference  "y"' in text
    assert "> IT-15: Accepted: status 200" in text
    assert "`probe probes/iterate/one.yaml:3; again: parity run --probe iterate/one`" in text


def test_what_passes_is_only_counted():
    assert "iterate/one" not in rendered(outcome(), outcome(Verdict.KNOWN))


@pytest.mark.parametrize("value", ["```\n# x", "````", "`", "a`b``c", "</details>", "$$x$$"])
def test_no_value_ends_the_block_that_it_stands_in(value):
    text = rendered(drifted("iterate/one", difference(rust=value, go="y", reference="y")))
    lines = text.splitlines()
    begin = next(number for number, line in enumerate(lines) if re.fullmatch("`{3,}text", line))
    fence = lines[begin].removesuffix("text")
    end = lines.index(fence, begin)
    assert "rust" in lines[begin + 1]
    assert "reference" in lines[end - 1]
    assert end == begin + 4


@pytest.mark.parametrize("text", ["`", "``a`", "a`b", "", " ", "x"])
def test_a_code_span_ends_where_it_is_to_end(text):
    span = markdown.code(text)
    fence = re.match("`+", span)[0]
    assert span.endswith(fence)
    assert fence not in re.findall("`+", span[len(fence) : -len(fence)])


def test_troubles_cannot_mention_link_or_draw_anything():
    text = rendered(outcome(), problems=("@everyone see #1 <img src=x> [a](http://b) *c* | d",))
    assert "- **@<!-- -->everyone see #<!-- -->1 \\<img src=x\\> \\[a\\](http\\://b) \\*c\\* \\| d**" in text


@pytest.mark.parametrize("outcomes", RUNS)
def test_nothing_that_a_runtime_says_reaches_it_as_a_control_character(outcomes):
    assert not set(rendered(*outcomes)) & set("\x1b\x07\x00\u202e\ud800")


def test_ten_thousand_divergences_are_bounded_and_counted():
    text = rendered(*(drifted(f"iterate/{number}") for number in range(10_000)))
    assert len(text) < markdown.LONGEST + 200
    more = int(re.search(r"and ([\d,]+) more divergences", text)[1].replace(",", ""))
    assert more + text.count("### ") == 10_000


def test_of_many_places_in_one_probe_the_first_are_shown_and_the_rest_counted():
    text = rendered(drifted("iterate/one", *(difference(f"$.a[{number}]") for number in range(10))))
    assert "7 more places differ." in text
    assert "$.a[2]" in text
    assert "$.a[3]" not in text


def test_the_worst_values_still_fit():
    assert len(rendered(hostile(), awkward())) < markdown.LONGEST
