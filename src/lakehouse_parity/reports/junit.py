"""`junit.xml`: the run for CI viewers. A divergence is a failure, what could not be seen an error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from lakehouse_parity.model import Verdict
from lakehouse_parity.reports.summary import PASSING
from lakehouse_parity.reports.wording import describe, runtime

if TYPE_CHECKING:
    from lakehouse_parity.model import Outcome
    from lakehouse_parity.reports.summary import Summary

_NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


_NO_TIME = "0.000"
"""Of a single probe: they fly together, so that none has a time of its own."""
_NEVER = "1970-01-01T00:00:00"


def render(summary: Summary) -> str:
    """The report as XML with its declaration."""
    root = ElementTree.Element("testsuites")
    for suite in summary.suites:
        _suite(root, suite, summary)
    _run(root, summary)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(root: ElementTree.Element, name: str, summary: Summary) -> None:
    element = _begun(root, name, summary)
    outcomes = [outcome for outcome in summary.outcomes if outcome.probe.suite == name]
    _ended(element, [_case(element, outcome, summary) for outcome in outcomes], _NO_TIME)


def _begun(root: ElementTree.Element, name: str, summary: Summary) -> ElementTree.Element:
    """A suite with who answered; the strictest of the schemas wants every one of these members."""
    started = summary.started
    members = {"name": name, "package": "parity", "id": str(len(root)), "hostname": "localhost"}
    element = ElementTree.SubElement(root, "testsuite", members)
    element.set("timestamp", started.at[: len(_NEVER)] if started else _NEVER)
    properties = ElementTree.SubElement(element, "properties")
    for seat, facts in started.runtimes.items() if started else ():
        ElementTree.SubElement(properties, "property", name=seat, value=_clean(runtime(seat, facts)))
    return element


def _ended(element: ElementTree.Element, cases: list[ElementTree.Element], time: str) -> None:
    element.set("tests", str(len(cases)))
    for tag, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        element.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    element.set("time", time)
    for stream in ("system-out", "system-err"):
        ElementTree.SubElement(element, stream)


def _case(parent: ElementTree.Element, outcome: Outcome, summary: Summary) -> ElementTree.Element:
    probe = outcome.probe
    case = _new_case(parent, probe.id, probe.suite, _NO_TIME)
    if outcome.verdict is Verdict.SKIPPED:
        ElementTree.SubElement(case, "skipped", message=_clean(outcome.reason))
    elif outcome.verdict not in PASSING:
        tag = "error" if outcome.verdict is Verdict.BROKEN else "failure"
        detail = ElementTree.SubElement(case, tag, message=_clean(outcome.reason), type=outcome.verdict.value)
        detail.text = _clean("\n".join(describe(outcome, summary.runtimes)))
    return case


def _run(root: ElementTree.Element, summary: Summary) -> None:
    """The run itself as a case, so that a run without a verdict, or a stale entry, is seen too."""
    time = f"{summary.finished.duration_ms / 1000:.3f}" if summary.finished else _NO_TIME
    troubles = [*summary.unseen, *summary.problems]
    suite = _begun(root, "run", summary)
    case = _new_case(suite, "run/complete", "run", time)
    if troubles:
        error = ElementTree.SubElement(case, "error", message=_clean(troubles[0]), type=summary.verdict)
        error.text = _clean("\n".join(troubles))
    _ended(suite, [case], time)


def _new_case(parent: ElementTree.Element, name: str, suite: str, time: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, "testcase", name=name, classname=f"parity.{suite}", time=time)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
