"""`junit.xml`: the run for CI viewers. A divergence is a failure, what could not be seen an error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from lakehouse_parity.model import Verdict
from lakehouse_parity.reports.summary import PASSING
from lakehouse_parity.reports.wording import describe

if TYPE_CHECKING:
    from lakehouse_parity.model import Outcome
    from lakehouse_parity.reports.summary import Summary

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(summary: Summary) -> str:
    """The report as XML with its declaration."""
    root = ElementTree.Element("testsuites", name="lakehouse-parity")
    for suite in summary.suites:
        _suite(root, suite, [outcome for outcome in summary.outcomes if outcome.probe.suite == suite])
    _run(root, summary)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(root: ElementTree.Element, name: str, outcomes: list[Outcome]) -> None:
    element = ElementTree.SubElement(root, "testsuite", name=name, tests=str(len(outcomes)))
    cases = [_case(element, outcome) for outcome in outcomes]
    for attribute in ("failure", "error", "skipped"):
        count = sum(case.find(attribute) is not None for case in cases)
        element.set(attribute if attribute == "skipped" else f"{attribute}s", str(count))


def _case(parent: ElementTree.Element, outcome: Outcome) -> ElementTree.Element:
    probe = outcome.probe
    case = ElementTree.SubElement(parent, "testcase", name=probe.id, classname=f"parity.{probe.suite}")
    if outcome.verdict is Verdict.SKIPPED:
        ElementTree.SubElement(case, "skipped", message=_clean(outcome.reason))
    elif outcome.verdict not in PASSING:
        tag = "error" if outcome.verdict is Verdict.BROKEN else "failure"
        detail = ElementTree.SubElement(case, tag, message=_clean(outcome.reason), type=outcome.verdict.value)
        detail.text = _clean("\n".join(describe(outcome)))
    return case


def _run(root: ElementTree.Element, summary: Summary) -> None:
    """The run itself as a case, so that a run without a verdict, or a stale entry, is seen too."""
    troubles = [*summary.unseen, *summary.problems]
    suite = ElementTree.SubElement(
        root, "testsuite", name="run", tests="1", failures="0", errors=str(int(bool(troubles))), skipped="0"
    )
    case = ElementTree.SubElement(suite, "testcase", name="run/complete", classname="parity.run")
    if troubles:
        error = ElementTree.SubElement(case, "error", message=_clean(troubles[0]), type=summary.verdict)
        error.text = _clean("\n".join(troubles))


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
