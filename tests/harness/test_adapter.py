"""The adapter protocol against adapters that misbehave in one way each."""

import asyncio
import json
import sys
import time

import pytest
from tests.harness.sockets import run

from lakehouse_parity.lossless import parse, write
from lakehouse_parity.targets import adapter as module
from lakehouse_parity.targets.adapter import Adapter, AdapterError

FRAME = """\
import json, os, sys, time
held = []
for number, line in enumerate(sys.stdin):
    asked = json.loads(line)
    id, raw = asked["id"], asked["raw"]
    said = {"id": id, "found": True, "value": {"raw": raw}}
BODY
    print(json.dumps(said), flush=True)
"""


def adapter(body="", seconds=10.0):
    """An adapter that answers with the text itself, after these lines."""
    indented = "\n".join("    " + line for line in body.splitlines())
    return Adapter([sys.executable, "-S", "-c", FRAME.replace("BODY", indented)], seconds)


def extracted(texts, body="", seconds=10.0):
    """The answer or the complaint for each text, all asked at once."""

    async def ask():
        asked = adapter(body, seconds)
        try:
            return await asyncio.gather(*(_one(asked, text) for text in texts))
        finally:
            await asked.close()

    return run(ask())


async def _one(asked, text):
    try:
        return json.loads(await asked.extract(text))["value"]["raw"]
    except AdapterError as error:
        return f"broken: {error}".replace(sys.executable, "adapter")


MANY = [f"text {number}" for number in range(150)]


def test_every_text_gets_its_own_answer_in_any_number():
    assert extracted(MANY) == MANY


@pytest.mark.parametrize("text", ["", "é😀", "a\nb\r\n", "\u2028\u0000\x7f", '"\\', "x" * 1_000_000])
def test_any_text_reaches_the_adapter_whole(text):
    assert extracted([text, "next"]) == [text, "next"]


def test_the_answer_keeps_its_numbers_its_repeated_members_and_its_depth():
    value = '{"a":1e400,"a":-0.0,"b":' + "[" * 5000 + "9007199254740993" + "]" * 5000 + "}"
    body = f'print(\'{{"value":%s,"found":true,"id":%d}}\' % ({value!r}, id), flush=True); continue'

    async def ask():
        asked = adapter(body)
        answer = await asked.extract("x")
        await asked.close()
        return answer

    answer = run(ask())
    assert write(parse(answer)["value"]) == value
    assert parse(answer)["found"] is True


def test_nothing_found_is_an_answer_with_or_without_a_value():
    async def ask():
        found = []
        for said in ('{"id": id, "found": False, "value": None}', '{"id": id, "found": False}'):
            asked = adapter(f"said = {said}")
            found.append(await asked.extract("x"))
            await asked.close()
        return found

    assert run(ask()) == [b'{"found":false,"value":null}'] * 2


def test_half_a_surrogate_pair_in_a_value_stops_nothing():
    body = 'print(\'{"id":%d,"found":true,"value":{"raw":"\\\\ud800"}}\' % id, flush=True); continue'
    assert extracted(["a", "b"], body) == ["\ud800", "\ud800"]


def test_a_text_that_ends_the_process_is_broken_alone():
    found = extracted(MANY, "if raw == 'text 7': os._exit(3)")
    assert found == [
        "broken: adapter ended with 3 before it answered" if text == "text 7" else text for text in MANY
    ]


def test_several_texts_that_end_the_process_are_broken_and_no_others():
    found = extracted(MANY, "if raw.endswith('5'): os._exit(3)")
    assert [text for text, answer in zip(MANY, found, strict=True) if answer != text] == [
        text for text in MANY if text.endswith("5")
    ]


def test_a_text_that_hangs_the_process_is_broken_alone():
    started = time.monotonic()
    found = extracted(MANY, "if raw == 'text 7': time.sleep(60)", seconds=3.0)
    assert found == [
        "broken: adapter gave no answer within 3 s" if text == "text 7" else text for text in MANY
    ]
    assert time.monotonic() - started < 30


def test_an_end_that_no_text_explains_is_not_passed_over():
    found = extracted(MANY[:4], "if number == 2: os._exit(3)")
    broken = [answer for answer in found if answer.startswith("broken")]
    assert broken == [
        "broken: adapter ended with 3 before it answered, and does not when each text is asked alone"
    ]


def test_an_adapter_that_ends_at_once_breaks_every_text():
    assert extracted(MANY[:3], "os._exit(1)") == ["broken: adapter ended with 1 before it answered"] * 3


def test_an_adapter_that_stops_reading_is_given_up():
    assert (
        extracted(["x" * 1_000_000] * 2, "time.sleep(60)", seconds=0.3)
        == ["broken: adapter gave no answer within 0.3 s"] * 2
    )


@pytest.mark.parametrize(
    "said",
    [
        "garbage",
        "",
        "[]",
        "7",
        "null",
        '"x"',
        "{}",
        '{"id":%d}',
        '{"id":%d,"found":1}',
        '{"id":%d,"found":null}',
        '{"id":"%d","found":true,"value":{"raw":"x"}}',
        '{"id":%d.0,"found":true,"value":{"raw":"x"}}',
        '{"id":%d,"found":true,"value":{"raw":"x"}} more',
        '{"found":true,"value":{"raw":"x"}}',
    ],
)
def test_a_line_that_is_no_answer_breaks_its_text_and_no_other(said):
    line = said.replace("%d", "' + str(id) + '")
    body = f"if raw == 'b':\n    print('{line}', flush=True)\n    continue"
    found = extracted(["a", "b", "c"], body)
    assert (found[0], found[2]) == ("a", "c")
    assert found[1].startswith("broken: adapter answered b'")
    assert found[1].endswith("' to line 2")


def test_answers_out_of_order_break_the_texts_that_they_mix_up():
    body = """\
held.append(json.dumps(said))
if len(held) < 2: continue
print(held.pop(), flush=True)
print(held.pop(), flush=True)
continue"""
    assert [answer[:24] for answer in extracted(["a", "b"], body)] == ["broken: adapter answered"] * 2


def test_an_adapter_that_talks_before_it_answers_is_broken_and_not_wrong():
    found = extracted(["a", "b"], "if number == 0: print('ready', flush=True)")
    assert all(answer.startswith("broken: adapter answered ") for answer in found)


def test_what_an_adapter_says_on_standard_error_does_not_stop_it():
    assert extracted(MANY[:5], "sys.stderr.write('x' * 1_000_000)") == MANY[:5]


def test_an_adapter_that_cannot_be_run_breaks_its_texts():
    async def ask(*command):
        with pytest.raises(AdapterError) as raised:
            await Adapter(command).extract("x")
        return str(raised.value)

    assert run(ask("/no/such/adapter")) == "/no/such/adapter cannot be run: No such file or directory"
    assert run(ask("/")) == "/ cannot be run: Permission denied"


def test_closing_ends_the_process():
    async def ask():
        asked = adapter()
        await asked.extract("x")
        [process] = asked._processes.values()
        await asked.close()
        return process._process.returncode

    assert run(ask()) == -9


def test_an_adapter_that_closes_its_output_and_stays_is_ended(monkeypatch):
    monkeypatch.setattr(module, "_ENDING", 0.1)
    found = extracted(["a"], "os.close(1); time.sleep(60)")
    assert found == ["broken: adapter closed its output and did not end"]


def test_closing_an_adapter_that_was_never_asked_is_nothing():
    run(adapter().close())
