"""A real Chromium, the one that the system has: nothing is downloaded, and nothing leaves the machine."""

import shutil

import pytest
from tests.harness.running import told

from lakehouse_parity.reports import html

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
PATIENCE = 30_000
"""Milliseconds: a machine under load is no failure."""


@pytest.fixture(scope="module")
def browser():
    """It goes when its tests are over: its driver keeps an event loop that others would meet."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("there is no Chromium on PATH: `make chromium` installs Debian's, as root")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=[*FLAGS], timeout=PATIENCE)
        yield chromium
        chromium.close()


class Tab:
    """A page with everything that it asked for and complained of."""

    def __init__(self, context, url):
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.asked, self.complaints = [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.url = url
        self.page.goto(url)

    @property
    def shown(self):
        """The ids of the probes in the list, in order."""
        return self.page.locator(".row .id").all_text_contents()

    @property
    def opened(self):
        return self.page.locator('.row[aria-expanded="true"] .id').all_text_contents()

    @property
    def focused(self):
        """The id of the probe whose row has the focus; empty where none has."""
        return self.page.evaluate("(document.activeElement.querySelector('.id') || {}).textContent || ''")

    @property
    def status(self):
        return self.page.locator("#status").text_content()

    def open_everything(self):
        """Every probe in the list, with what was seen of it."""
        self.page.evaluate(
            """() => {
                document.querySelectorAll('.row[aria-expanded="false"]').forEach(row => row.click());
                document.querySelectorAll(".raw").forEach(raw => { raw.open = true; });
            }"""
        )
        for raw in self.page.locator(".raw").all():
            raw.locator("h4").first.wait_for()

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)


@pytest.fixture
def open_page(browser, tmp_path):
    """Open the report of these outcomes; what is asked and complained of is checked at the end."""
    contexts, tabs = [], []

    def open_page(*outcomes, seen=None, hash_="", members=None, **options):
        path = tmp_path / f"report-{len(tabs)}.html"
        path.write_text(html.render(*told(*outcomes, seen=seen, **(members or {}))), encoding="utf-8")
        contexts.append(browser.new_context(**options))
        tabs.append(Tab(contexts[-1], path.as_uri() + hash_))
        return tabs[-1]

    yield open_page
    for tab in tabs:
        assert tab.complaints == []
        assert {url.partition("#")[0] for url in tab.asked} == {tab.url.partition("#")[0]}
    for context in contexts:
        context.close()
