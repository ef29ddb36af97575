"""The report in a browser: by eye, by keyboard, with thousands of probes, and with hostile ones."""

import random

import pytest
from tests.harness.making import call, difference, drifted, observed, outcome, row, sides
from tests.harness.running import HOSTILE, RUNS, awkward, every_verdict, hostile

from lakehouse_parity.model import Request, Verdict

POST = Request("POST", "/v1/iterate", ((b"Content-Type", b"application/json"),), b'{"kind":"fill","n":1.50}')
FEW = [
    drifted("iterate/one", difference("$.a", rust="abc", go="abXc", reference="abXc")),
    outcome(Verdict.GO_DRIFT, "chat/two", "so", [difference("$.needle", clause="CH-4")], clauses=("CH-4",)),
    outcome(Verdict.BROKEN, "chat/three", "no daemon", clauses=("CH-1",)),
    outcome(Verdict.KNOWN, "extract/four", "So.", [difference("$.k", Verdict.DIALECT)], clauses=("EX-1",)),
    outcome(id_="extract/five", clauses=("EX-2",), why="A haystack."),
]  # fmt: skip


@pytest.mark.parametrize("outcomes", RUNS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_without_network_and_without_complaint(open_page, outcomes, scheme):
    tab = open_page(*outcomes, color_scheme=scheme)
    assert len(tab.shown) == len(outcomes)


def background(tab):
    return sum(
        map(
            int,
            tab.page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)"),
        )
    )


def test_it_is_light_or_dark_as_the_system_is_and_as_its_button_says(open_page):
    light, dark = open_page(*FEW, color_scheme="light"), open_page(*FEW, color_scheme="dark")
    assert (background(light) > 600, background(dark) < 200) == (True, True)
    button = dark.page.locator("#theme")
    button.click()
    assert (button.get_attribute("aria-label"), background(dark) > 600) == ("colours: light", True)
    button.click()
    assert (button.get_attribute("aria-label"), background(dark) < 200) == ("colours: dark", True)
    dark.page.reload()
    assert button.get_attribute("aria-label") == "colours: dark"


def test_what_fails_comes_first_and_the_first_is_open(open_page):
    tab = open_page(*reversed(FEW))
    assert tab.shown[:3] == ["chat/three", "chat/two", "iterate/one"]
    assert tab.opened == ["chat/three"]


def test_a_run_at_parity_opens_nothing(open_page):
    assert open_page(outcome(), outcome(id_="iterate/two")).opened == []


def test_the_way_through_by_keyboard(open_page):
    tab = open_page(*FEW)
    tab.press("j", "j")
    assert tab.focused == tab.shown[1]
    tab.press("Enter")
    assert tab.opened == tab.shown[:2]
    tab.press("ArrowDown", "ArrowDown", "k")
    assert tab.focused == tab.shown[2]
    tab.press("ArrowUp", "Escape")
    assert (tab.focused, tab.opened) == (tab.shown[1], tab.shown[:1])
    tab.press("/")
    assert tab.page.evaluate("document.activeElement.id") == "text"
    tab.page.keyboard.type("jk/")
    assert tab.page.locator("#text").input_value() == "jk/"
    tab.press("Escape")
    assert (tab.page.locator("#text").input_value(), len(tab.shown)) == ("", len(FEW))
    tab.press("Enter")
    assert tab.focused == tab.shown[0]


def test_escape_inside_of_an_open_probe_closes_it_and_goes_back_to_its_row(open_page):
    tab = open_page(*FEW)
    tab.page.locator(".panel .tool").first.focus()
    tab.press("Escape")
    assert (tab.focused, tab.opened) == (tab.shown[0], [])


def test_where_the_focus_is_can_be_seen(open_page):
    tab = open_page(*FEW)
    tab.press("j")
    width, style = tab.page.evaluate(
        "(s => [s.outlineWidth, s.outlineStyle])(getComputedStyle(document.activeElement))"
    )
    assert (width, style) == ("2px", "solid")


def test_rows_say_what_they_control_and_whether_it_is_open(open_page):
    tab = open_page(*FEW)
    for button in tab.page.locator(".row").all():
        panel = tab.page.locator("#" + button.get_attribute("aria-controls"))
        assert panel.get_attribute("role") == "region"
        assert panel.get_attribute("aria-labelledby") == button.get_attribute("id")
        assert panel.is_visible() == (button.get_attribute("aria-expanded") == "true")
    for control in tab.page.locator("select, input, button").all():
        assert control.get_attribute("aria-label") or control.text_content().strip()


FILTERS = {
    "verdict": (lambda page: page.locator("#verdicts [value=broken]").click(), ["chat/three"]),
    "suite": (lambda page: page.locator("#suite").select_option("extract"), ["extract/four", "extract/five"]),
    "clause": (lambda page: page.locator("#clause").select_option("CH-4"), ["chat/two"]),
    "text of a place": (lambda page: page.locator("#text").fill("NEEDLE"), ["chat/two"]),
    "text of a value": (lambda page: page.locator("#text").fill("abxc"), ["iterate/one"]),
    "text of a reason": (lambda page: page.locator("#text").fill("haystack"), ["extract/five"]),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_leaves_what_it_asks_for_and_stands_in_the_address(open_page, name):
    narrow, expected = FILTERS[name]
    tab = open_page(*FEW)
    narrow(tab.page)
    assert tab.shown == expected
    assert tab.status == f"{len(expected)} of 5 probes"
    assert name.split()[0] + "=" in tab.page.url
    tab.page.reload()
    assert tab.shown == expected
    tab.page.locator("#reset").click()
    assert (len(tab.shown), tab.status) == (5, "5 probes")
    assert tab.page.locator("#reset").is_hidden()


def test_filters_narrow_each_other_and_verdicts_add_up(open_page):
    tab = open_page(*FEW)
    tab.page.locator("#verdicts [value=broken]").click()
    tab.page.locator("#verdicts [value=go_drift]").click()
    assert tab.shown == ["chat/three", "chat/two"]
    tab.page.locator("#text").fill("needle")
    assert tab.shown == ["chat/two"]
    tab.page.locator("#suite").select_option("iterate")
    assert (tab.shown, tab.status) == ([], "0 of 5 probes")


def test_a_count_of_the_table_leads_to_its_probes(open_page):
    tab = open_page(*FEW)
    tab.page.locator("tbody tr", has_text="chat").locator("td.diverged a").click()
    tab.page.locator("#status", has_text="1 of 5 probes").wait_for()
    assert tab.shown == ["chat/two"]


def test_a_link_to_one_probe_opens_it_even_among_thousands(open_page):
    many = [outcome(id_=f"iterate/{number:05}") for number in range(3000)]
    tab = open_page(*many, hash_="#probe=iterate%2F02500")
    assert tab.opened == ["iterate/02500"]
    assert tab.focused == "iterate/02500"
    assert tab.page.locator('.row[aria-expanded="true"]').evaluate(
        "row => row.getBoundingClientRect().top >= 0 && row.getBoundingClientRect().top < innerHeight"
    )


def test_the_link_of_an_open_probe_is_the_address(open_page):
    tab = open_page(*FEW)
    tab.page.locator(".row", has_text="extract/five").click()
    assert tab.page.url.endswith("#probe=extract%2Ffive")


def test_the_characters_that_differ_are_marked_and_who_stands_alone_is_named(open_page):
    tab = open_page(FEW[0])
    boxes = tab.page.locator(".difference .side")
    assert boxes.locator("h5").all_text_contents() == ["ruststands alone", "go", "reference"]
    assert boxes.nth(0).locator("mark").all_text_contents() == [""]
    assert boxes.nth(1).locator("mark").count() == 0
    assert boxes.nth(2).locator("mark").all_text_contents() == ["X"]
    assert "IT-15 (source) Accepted" in tab.page.locator(".difference .clause").text_content()


def test_a_long_value_is_cut_around_its_difference_until_all_is_asked_for(open_page):
    one, other = "x" * 5000 + "A" + "y" * 5000, "x" * 5000 + "B" + "y" * 5000
    tab = open_page(drifted("iterate/one", difference(rust=one, go=other, reference=other)))
    value = tab.page.locator(".difference .side pre").first
    assert (value.locator("mark").text_content(), len(value.text_content()) < 1000) == ("A", True)
    tab.page.get_by_role("button", name="show all 10,003 characters").first.click()
    assert value.text_content() == f'"{one}"'
    assert value.locator("mark").text_content() == "A"


def test_an_absent_value_says_so(open_page):
    tab = open_page(drifted("iterate/one", difference(go="absent", reference="absent")))
    first = tab.page.locator(".difference .side pre").first
    assert (first.text_content(), first.get_attribute("class")) == ("absent", "absent")


def test_marks_leave_only_what_the_other_side_has_too_in_order(open_page):
    pick = random.Random(7)
    pairs = [["".join(pick.choices("ab{}", k=pick.randrange(40))) for _ in range(2)] for _ in range(300)] + [
        ["x" * 3000, "y" * 3000],
        ["", "abc"],
        ["abc", ""],
        ["", ""],
        ["aXb", "ab"],
    ]
    tab = open_page(outcome())
    found = tab.page.evaluate("pairs => pairs.map(([a, b]) => differing([...a], [...b]))", pairs)
    for (one, other), ranges in zip(pairs, found, strict=True):
        assert (one == other) == (ranges == [])
        kept = "".join(
            character for place, character in enumerate(one) if not any(s <= place < e for s, e in ranges)
        )
        rest = iter(other)
        assert all(character in rest for character in kept)
    assert found[-1] == [[1, 2]]


SEEN = sides(
    observed('{"b":1.0,"a":[]}', model_requests=(call('{"m":"\\u00e9"}'),), rows=(row(verdict="x"),)),
    observed(b"\xff\x1b[2J", failure="hung up"),
)


def test_bytes_are_shown_on_demand_indented_as_they_came_and_in_hexadecimal(open_page):
    tab = open_page(outcome(Verdict.SPLIT, request=POST), seen=SEEN)
    raw = tab.page.locator(".raw")
    assert raw.locator("pre").count() == 0
    raw.locator("summary").click()
    request = raw.locator(".side").first
    assert '"n": 1.50' in request.text_content()
    request.get_by_role("button", name="as it came").click()
    assert '{"kind":"fill","n":1.50}' in request.text_content()
    request.get_by_role("button", name="hex").click()
    assert "000000  7b 22 6b 69 6e 64 22 3a" in request.text_content()
    titles = raw.locator("h4").all_text_contents()
    assert titles == ["Request", "Answer", "Model requests", "Session rows", "Failure"]
    assert "000000  ff 1b 5b 32 4a" in raw.text_content()
    assert "hung up" in raw.text_content()


def test_what_is_left_out_says_where_it_is(open_page):
    tab = open_page(outcome(), seen={"rust": observed("x" * 50_000)})
    tab.press("j", "Enter")
    assert "parity show iterate/one prints it from the recording" in tab.page.locator(".panel").text_content()


def test_commands_repeat_the_probe(open_page):
    tab = open_page(outcome(Verdict.SPLIT, request=POST), seen=SEEN)
    commands = tab.page.locator(".again pre").all_text_contents()
    assert commands[:2] == ["parity run --probe iterate/one", "parity show iterate/one"]
    assert [command.rsplit(" ", 1)[1] for command in commands[2:]] == [
        "http://127.0.0.1:3100/v1/iterate",
        "http://127.0.0.1:4110/v1/iterate",
    ]


IMAGE = "<img src=x onerror=\"document.title='taken'\"></script><script>document.title='taken'</script>"


def test_nothing_that_was_seen_runs_loads_or_hides(open_page):
    evil = IMAGE + HOSTILE.replace("\ud800", "")
    seen = sides(
        observed(evil, model_requests=(call(evil, evil, (("x-worker", evil),)),), rows=(evil.encode(),)),
        observed(evil.encode() + b"\xff", failure=evil),
    )
    asked = Request("POST", f"/{IMAGE}", ((b"X", IMAGE.encode()),), evil.encode())
    places = [difference(f'$["{evil}"]', rust=evil, go=[evil], reference=None)]
    found = outcome(Verdict.SPLIT, "iterate/one", evil, places, request=asked, why=evil)
    tab = open_page(found, hostile(), awkward(), seen=seen, members={"problems": (evil,)})
    tab.open_everything()
    tab.page.locator("#text").fill(IMAGE)
    assert tab.shown
    assert tab.page.title() == "no verdict · lakehouse-parity"
    assert tab.page.locator("script").count() == 2
    assert tab.page.locator("img").count() == 0
    text = tab.page.locator("body").inner_text()
    assert IMAGE[:20] in text
    assert not set(text) & set("\x1b\x07\x00\u202e\ud800")


def test_an_inline_handler_that_would_get_in_could_not_run(open_page):
    tab = open_page(outcome())
    with pytest.raises(Exception, match="TrustedHTML"):
        tab.page.evaluate("document.body.innerHTML = '<img src=x onerror=alert(1)>'")
    tab.complaints.clear()


FILTER = """() => {
    const start = performance.now(), text = document.getElementById("text");
    text.value = "chat/0999";
    text.dispatchEvent(new Event("input"));
    document.body.offsetHeight;
    return performance.now() - start;
}"""


def test_ten_thousand_probes_are_filtered_at_once_and_scrolled_to_the_end(open_page):
    many = [
        drifted(f"iterate/{number:05}") if number % 10 == 0 else outcome(id_=f"chat/{number:05}")
        for number in range(10_000)
    ]
    tab = open_page(*many, seen={"rust": observed(), "go": observed()})
    assert tab.status == "10,000 probes"
    took = tab.page.evaluate(FILTER)
    assert tab.status == "9 of 10,000 probes"
    assert took < 5000
    tab.page.locator("#reset").click()
    tab.page.evaluate("draw(10000)")
    tab.press("End")
    assert len(tab.shown) == 10_000
    assert tab.page.locator("#more").is_hidden()


def test_more_rows_come_as_one_goes_down(open_page):
    tab = open_page(*(outcome(id_=f"a/{number:03}") for number in range(400)))
    before = len(tab.shown)
    assert before < 400
    tab.page.locator("#more").scroll_into_view_if_needed()
    tab.page.locator(".row").nth(before).wait_for()
    tab.page.locator(".row").last.focus()
    tab.press(*["j"] * 3)
    assert len(tab.shown) > before


@pytest.mark.parametrize("width", [360, 420, 800, 1400])
def test_nothing_sticks_out_at_any_width(open_page, width):
    tab = open_page(
        hostile(), awkward(), *every_verdict(), seen=SEEN, viewport={"width": width, "height": 800}
    )
    tab.open_everything()
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_there_are_no_controls_and_every_row(open_page):
    tab = open_page(*(outcome(id_=f"a/{number:03}") for number in range(400)))
    tab.page.emulate_media(media="print")
    tab.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(tab.shown) == 400
    assert tab.page.locator("form").is_hidden()
    assert tab.page.locator("h1").is_visible()


def test_without_scripts_the_summary_stands_and_says_what_is_missing(open_page):
    tab = open_page(*FEW, java_script_enabled=False)
    text = tab.page.locator("body").inner_text()
    assert "No verdict" in text
    assert "parity show PROBE" in text
    assert tab.page.locator("tbody tr").count() == 3
