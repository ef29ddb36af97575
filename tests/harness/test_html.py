"""`report.html`: one page for people, in which nothing that a runtime says is markup."""

import html as html_module
import json
import re
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace
from tests.harness.making import call, difference, drifted, observed, outcome
from tests.harness.running import FACTS, PASSING, RUNS, SCRIPT, hostile, told

from lakehouse_parity.model import Request, Verdict
from lakehouse_parity.reports import html, page_data, pages
from lakehouse_parity.reports.exhibits import LONGEST, ROOM_AT_PARITY


class _Page(HTMLParser):
    """Elements in order, attributes, the text outside of scripts and styles, and that of each script."""

    def __init__(self):
        super().__init__()
        self.tags, self.text, self.attributes, self.scripts = [], "", [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.tags.append("/" + tag)

    def handle_data(self, data):
        if self.tags[-1:] == ["script"] and self.scripts:
            self.scripts[-1] += data
        elif self.tags[-1:] != ["style"]:
            self.text += data


def rendered(*outcomes, **members):
    text = html.render(*told(*outcomes, **members))
    text.encode()
    page = _Page()
    page.feed(text)
    return page, text


def probes(*outcomes, **members):
    """The records that the page draws from, as it reads them."""
    page, _ = rendered(*outcomes, **members)
    return json.loads(page.scripts[0])["probes"]


@pytest.mark.parametrize("outcomes", RUNS)
def test_there_is_one_script_with_its_data_and_nothing_from_elsewhere(outcomes):
    page, text = rendered(*outcomes, problems=(SCRIPT,), unobserved=(SCRIPT,))
    assert page.tags.count("script") == 2
    assert page.tags.count("style") == 1
    assert {"src", "style", "onclick", "onerror", "onload"}.isdisjoint(dict(page.attributes))
    assert all(value.startswith("#") for name, value in page.attributes if name == "href")
    assert not re.search(r"https?://(?!127\.0\.0\.1)", text)


def test_the_policy_names_the_pages_own_script_and_style_and_allows_nothing_else():
    page, text = rendered(outcome())
    policy = next(value for name, value in page.attributes if name == "content" and "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert pages._digest(page.scripts[1]) in policy
    assert pages._digest(text.partition("<style>")[2].partition("</style>")[0]) in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("outcomes", RUNS)
def test_what_a_runtime_says_is_text_and_never_markup(outcomes):
    seen = {"rust": observed(SCRIPT), "go": observed(model_requests=(call(SCRIPT),), failure=SCRIPT)}
    page, text = rendered(*outcomes, seen=seen, problems=(SCRIPT,), unobserved=(SCRIPT,))
    assert SCRIPT not in text
    assert SCRIPT in page.text
    assert html_module.escape(SCRIPT, quote=False).replace("'", "&#39;") in text
    assert not set(text) & set("\x1b\x07\x00\u202e\ud800\u2028")


def test_the_data_are_exactly_what_was_said():
    [probe] = probes(hostile())
    assert probe["differences"][0]["sides"]["rust"]["text"].startswith('"' + SCRIPT)
    assert probe["why"] == SCRIPT


@pytest.mark.parametrize("verdict", Verdict)
def test_every_outcome_is_there_and_says_whether_it_fails(verdict):
    [probe] = probes(outcome(verdict, "iterate/this-one"))
    assert (probe["id"], probe["verdict"]) == ("iterate/this-one", verdict.value)
    assert probe.get("fails", False) == (verdict not in PASSING)


def test_the_page_is_utf_8_whatever_a_daemon_calls_itself():
    summary, exhibits = told(outcome())
    summary.started = replace(summary.started, runtimes={"rust": replace(FACTS["rust"], version="1\ud800")})
    assert "gateway 1\\ud800 at" in html.render(summary, exhibits)


def test_failing_outcomes_come_first_and_parity_last():
    found = probes(outcome(id_="a/good"), outcome(Verdict.SPLIT, "z/bad"), outcome(Verdict.KNOWN, "b/known"))
    assert [probe["id"] for probe in found] == ["z/bad", "b/known", "a/good"]


def test_every_clause_that_a_probe_is_for_or_that_decided_is_there_with_its_sentence():
    found = outcome(Verdict.RUST_DRIFT, clauses=("IT-4",), differences=[difference(clause="IT-9")])
    page, _ = rendered(found)
    data = json.loads(page.scripts[0])
    assert data["probes"][0]["clauses"] == ["IT-4", "IT-9"]
    assert set(data["clauses"]) == {"IT-4", "IT-9"}
    assert data["clauses"]["IT-9"]["authority"] == "source"


def test_a_value_of_any_length_is_cut_around_its_difference_and_says_so():
    one, other = "x" * 90_000 + "a", "x" * 90_000 + "b"
    [probe] = probes(drifted("iterate/one", difference(rust=one, go=other, reference=other)))
    side = probe["differences"][0]["sides"]["rust"]
    assert len(side["text"]) <= page_data.LONGEST
    assert (side["text"][-2:], side["of"]) == ('a"', 90_003)


def test_what_an_outcome_gains_is_told_without_the_page_knowing_it():
    [probe] = probes(replace(outcome(), forms=("body $.a",), masked={"body $.t": 2}))
    assert probe["further"] == {"written differently": "body $.a", "masked, how often": "body $.t 2"}


def test_a_probe_that_is_not_parity_keeps_what_was_seen_up_to_a_bound_that_it_tells():
    seen = {"rust": observed("é" * LONGEST), "go": observed(b"\xff" * 3)}
    [probe] = probes(outcome(Verdict.SPLIT), seen=seen)
    body = probe["exhibit"]["seen"]["rust"]["answer"]["body"]
    assert (len(body["text"]), body["of"]) == (LONGEST // 2, 2 * LONGEST)
    assert probe["exhibit"]["seen"]["go"]["answer"]["body"] == {"base64": "////"}


def test_those_at_parity_share_one_room_and_a_large_one_is_left_out():
    many = [outcome(id_=f"a/{number}") for number in range(1000)]
    found = probes(*many, seen={"rust": observed("x" * 4000)})
    kept = [probe for probe in found if "exhibit" in probe]
    assert 0 < len(kept) < len(found) == 1000
    assert sum(len(json.dumps(probe["exhibit"])) for probe in kept) <= ROOM_AT_PARITY
    assert "exhibit" not in probes(outcome(), seen={"rust": observed("x" * 20_000)})[0]


def test_keys_in_headers_are_redacted_in_the_page_and_in_its_curl_lines():
    secrets = (("Authorization", "Bearer sk-1"), ("x-api-key", "sk-2"), ("set-cookie", "sk-3"))
    request = Request("GET", "/health", tuple((n.encode(), v.encode()) for n, v in secrets))
    seen = {"rust": observed(model_requests=(call(headers=secrets),))}
    _, text = rendered(outcome(Verdict.SPLIT, request=request), seen=seen)
    assert "sk-" not in text
    assert "authorization: (redacted)" in text.lower()


def test_ten_thousand_probes_make_a_page_of_a_few_megabytes():
    many = [drifted(f"iterate/{number}") for number in range(10_000)]
    assert len(html.render(*told(*many, seen={"rust": observed(), "go": observed()}))) < 20_000_000
