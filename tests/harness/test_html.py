"""`report.html`: one page for people, in which nothing that a runtime says is markup."""

import html as html_module
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from tests.harness.making import difference, drifted, outcome
from tests.harness.running import FACTS, PASSING, RUNS, SCRIPT, hostile, summary

from lakehouse_parity.model import Verdict
from lakehouse_parity.reports import html


class _Page(HTMLParser):
    """Elements in order, and the text outside of scripts and styles."""

    def __init__(self):
        super().__init__()
        self.tags, self.text, self.attributes = [], "", []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data):
        if self.tags[-1:] not in (["script"], ["style"]):
            self.text += data


def rendered(*outcomes, **members):
    text = html.render(summary(*outcomes, **members))
    text.encode()
    page = _Page()
    page.feed(text)
    return page, text


@pytest.mark.parametrize("outcomes", RUNS)
def test_there_is_one_script_and_nothing_from_elsewhere(outcomes):
    page, text = rendered(*outcomes, problems=(SCRIPT,), unobserved=(SCRIPT,))
    assert page.tags.count("script") == 1
    assert {"src", "href", "onclick", "onerror", "onload"}.isdisjoint(page.attributes)
    assert not re.search(r"https?://(?!127\.0\.0\.1)", text)


def test_what_a_runtime_says_is_text_and_never_markup():
    page, text = rendered(hostile(), problems=(SCRIPT,), unobserved=(SCRIPT,))
    assert SCRIPT not in text
    assert SCRIPT in page.text
    assert html_module.escape(SCRIPT, quote=False).replace("'", "&#39;") in text
    assert not set(text) & set("\x1b\x07\x00\u202e\ud800")


@pytest.mark.parametrize("verdict", Verdict)
def test_every_outcome_is_there_and_those_that_fail_are_open(verdict):
    page, text = rendered(outcome(verdict, "iterate/this-one"))
    assert "iterate/this-one" in page.text
    assert f'data-verdict="{verdict.value}"' in text
    assert ('" open>' in text) == (verdict not in PASSING)


def test_the_page_is_utf_8_whatever_a_daemon_calls_itself():
    found = summary(outcome())
    found.started = replace(found.started, runtimes={"rust": replace(FACTS["rust"], version="1\ud800")})
    assert "gateway 1\\ud800 at" in html.render(found)


def test_failing_outcomes_come_first():
    _, text = rendered(outcome(id_="a/good"), outcome(Verdict.SPLIT, "z/bad"))
    assert text.index("z/bad") < text.index("a/good")


def test_where_values_differ_is_marked():
    found = drifted("iterate/one", difference(rust="abc", go="abXc", reference="abXc"))
    _, text = rendered(found)
    assert "ab<mark></mark>c" in text
    assert "ab<mark>X</mark>c" in text
