"""`parity sessions audit`: a clean log has no finding, and every lie is found where it stands."""

import gzip
import json
import random as randomness

import pytest
from benchmarks import session_log
from tests.harness.session_rows import line, rows, write

from lakehouse_parity import cli


def audit(tmp_path, *logs, options=()):
    """The exit code and the JSON of an audit."""
    result = tmp_path / "audit.json"
    code = cli.main(["sessions", "audit", *map(str, logs), "--json", str(result), *options])
    return code, json.loads(result.read_text())


def found(result):
    return {(finding["rule"], finding["clause"], finding["line"]) for finding in result["findings"]}


def told(count=40, **chosen):
    """Rows of which the sixth (line 6) has these values."""
    told = list(rows(count, seed=3))
    sixth = next(row for row in told[5:] if all(row.get(name) == value for name, value in chosen.items()))
    told.remove(sixth)
    told.insert(5, sixth)
    sixth["timestamp"] = told[4]["timestamp"]
    return told


def test_a_clean_log_has_no_finding(tmp_path):
    log = write(tmp_path / "log.jsonl", rows(3000, seed=5))
    code, result = audit(tmp_path, log)
    assert (code, result["findings"], result["rows"], result["lines"]) == (0, [], 3000, 3000)


def test_a_clean_log_with_nulls_written_has_no_finding(tmp_path):
    nulls = [{"artifact": None, "grounded_in_roster": None, **row} for row in rows(500)]
    assert audit(tmp_path, write(tmp_path / "log.jsonl", nulls))[0] == 0


def test_a_clean_log_in_a_spacious_form_has_no_finding(tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_text("".join(json.dumps(row, indent=None) + "\n" for row in rows(500)))
    assert audit(tmp_path, log)[0] == 0


def change(**members):
    def lie(row):
        row.update(members)

    return lie


def drop(*names):
    def lie(row):
        for name in names:
            del row[name]

    return lie


def attempt(place, **members):
    def lie(row):
        row["attempts"][place].update(members)

    return lie


def drop_attempt(row):
    row["attempts"].pop(0)


LIES = {
    "unknown member": ({}, change(extra=1), {("unknown-member", "SE-6")}),
    "unknown member of an attempt": ({}, attempt(0, raw="x"), {("unknown-member", "SE-6")}),
    "no prompt": ({}, drop("prompt"), {("missing-member", "SE-6")}),
    "attempts are null": ({}, change(attempts=None), {("missing-member", "SE-6")}),
    "an attempt without a verdict": (
        {"final_verdict": "max_iter_exhausted"},
        attempt(0, verdict_kind=None),
        {("missing-member", "SE-6")},
    ),
    "model is a number": ({}, change(model=5), {("mistyped-member", "SE-6"), ("one-type", "SE-21")}),
    "attempts are an object": ({}, change(attempts={}), {("mistyped-member", "SE-6")}),
    "an attempt is a number": (
        {"final_verdict": "infra_error"},
        change(attempts=[7]),
        {("mistyped-member", "SE-6")},
    ),
    "artifact is an array": (
        {"kind": "email", "final_verdict": "accepted"},
        change(artifact=[1]),
        {("mistyped-member", "SE-6")},
    ),
    "another schema": ({}, change(schema="session.iterate.v2"), {("schema", "SE-18")}),
    "another daemon": ({}, change(daemon="validator"), {("daemon", "SE-3")}),
    "another kind": ({"final_verdict": "infra_error"}, change(kind="memo"), {("kind", "SE-7")}),
    "an empty id": ({}, change(session_id=""), {("session-id", "TR-1")}),
    "an id with an umlaut": ({}, change(session_id="ä"), {("session-id", "TR-1")}),
    "an id with a line feed": ({}, change(session_id="a\nb"), {("session-id", "TR-1")}),
    "a time with an offset": (
        {},
        change(timestamp="2026-03-01T06:00:00.123+00:00"),
        {("timestamp", "SE-19")},
    ),
    "a time with nanoseconds": (
        {},
        change(timestamp="2026-03-01T06:00:00.123456789Z"),
        {("timestamp", "SE-19")},
    ),
    "a day that is none": (
        {},
        change(timestamp="2026-02-30T06:00:00.123Z"),
        {("timestamp", "SE-19"), ("one-type", "SE-21")},
    ),
    "a negative duration": ({}, change(duration_ms=-1), {("duration", "SE-20")}),
    "a fractional duration": ({}, change(duration_ms=12.5), {("duration", "SE-20"), ("one-type", "SE-21")}),
    "a duration in quotes": (
        {},
        change(duration_ms="12"),
        {("mistyped-member", "SE-6"), ("one-type", "SE-21")},
    ),
    "a prompt of 4001 characters": ({}, change(prompt="\n" * 4001), {("prompt-length", "SE-9")}),
    "a maximum of 0": (
        {"final_verdict": "infra_error"},
        lambda row: (row.update(max_iterations=0), row["attempts"][0].update(error="client build: no")),
        {("max-iterations", "IT-4")},
    ),
    "another final verdict": (
        {"final_verdict": "infra_error"},
        change(final_verdict="failed"),
        {("final-verdict", "SE-10"), ("attempts", "SE-15")},
    ),
    "accepted without an artifact": (
        {"final_verdict": "accepted", "kind": "email"},
        drop("artifact"),
        {("accepted", "SE-11")},
    ),
    "exhausted with an artifact": (
        {"final_verdict": "max_iter_exhausted"},
        change(artifact={}),
        {("exhausted", "SE-12")},
    ),
    "exhausted before the maximum": (
        {"final_verdict": "max_iter_exhausted"},
        lambda row: row.update(max_iterations=row["max_iterations"] + 1),
        {("exhausted", "SE-12")},
    ),
    "a failure that counts iterations": (
        {"final_verdict": "infra_error"},
        change(iterations=1),
        {("infra-error", "SE-13")},
    ),
    "a failure without its text": (
        {"final_verdict": "infra_error"},
        attempt(0, error="boom"),
        {("infra-error-text", "SE-14")},
    ),
    "a failure beyond the maximum": (
        {"final_verdict": "infra_error"},
        attempt(0, error="/v1/chat hop failed at iter 9: chat hop: x"),
        {("infra-error-text", "SE-14")},
    ),
    "an attempt too few": (
        {"final_verdict": "max_iter_exhausted", "max_iterations": 3},
        lambda row: row["attempts"].pop(),
        {("attempts", "SE-15")},
    ),
    "attempts that count from 1": (
        {"final_verdict": "max_iter_exhausted"},
        attempt(0, iteration=1),
        {("attempts", "SE-15")},
    ),
    "accepted, but the last attempt is not": (
        {"final_verdict": "accepted", "kind": "email"},
        attempt(-1, verdict_kind="no_json"),
        {("attempts-end", "SE-15")},
    ),
    "another attempt's verdict": (
        {"final_verdict": "max_iter_exhausted"},
        attempt(0, verdict_kind="failed"),
        {("attempt-verdict", "SE-10")},
    ),
    "a failed validation without an error": (
        {"final_verdict": "max_iter_exhausted"},
        lambda row: (
            row["attempts"][0].pop("error", 0),
            row["attempts"][0].update(verdict_kind="validation_failed"),
        ),
        {("error-missing", "SE-15")},
    ),
    "an error where there is none": (
        {"final_verdict": "accepted", "kind": "email"},
        attempt(-1, error="x"),
        {("error-idle", "SE-16")},
    ),
    "a span id of another form": ({}, attempt(0, span_id="A" * 16), {("span-id", "SP-6")}),
    "grounded where it cannot be": (
        {"kind": "email", "final_verdict": "accepted"},
        change(grounded_in_roster=True),
        {("grounded", "SE-17")},
    ),
    "not told whether grounded": (
        {"kind": "fill", "final_verdict": "accepted"},
        drop("grounded_in_roster"),
        {("grounded", "SE-17")},
    ),
    "a row in the row": (
        {"kind": "email", "final_verdict": "accepted"},
        lambda row: row.update(
            artifact={name: row[name] for name in ("session_id", "daemon", "final_verdict")}
        ),
        {("row-in-row", "SE-4")},
    ),
    "a time an hour early": (
        {},
        change(timestamp="2026-03-01T05:00:00.000Z", duration_ms=7),
        {("time-order", "SE-19")},
    ),
    "a time an hour late": ({}, change(timestamp="2026-03-01T07:30:00.000Z"), {("time-order", "SE-19")}),
}


@pytest.mark.parametrize("lie", LIES)
def test_each_lie_is_found_where_it_stands_and_nothing_else(tmp_path, lie):
    chosen, tell, expected = LIES[lie]
    log = told(400, **chosen)
    tell(log[5])
    code, result = audit(tmp_path, write(tmp_path / "log.jsonl", log))
    assert (code, found(result)) == (1, {(rule, clause, 6) for rule, clause in expected})
    assert {finding["offset"] for finding in result["findings"]} == {sum(len(line(row)) for row in log[:5])}


def bad_line(data):
    def tell(lines):
        lines.insert(5, data)

    return tell


def doubled(lines):
    lines[5] = lines[5].replace(b'"kind":', b'"kind":"email","kind":', 1)


def spliced(lines):
    lines[5] = lines[5][: len(lines[5]) // 2] + lines[6]
    del lines[6]


def cut(lines):
    lines[5] = lines[5][:100] + b"\n"


def again(lines):
    lines.insert(5, lines[4])


def halves(lines):
    whole = lines[5]
    lines[5:6] = [whole[:200] + b"\n", whole[200:]]


def doubled_in_attempt(lines):
    lines[5] = lines[5].replace(b'"iteration":0,', b'"iteration":0,"iteration":0,', 1)


BAD_LINES = {
    "an empty line": (bad_line(b"\n"), {("blank-line", "SE-6", 6)}),
    "a line of white space": (bad_line(b" \t  \r\n"), {("blank-line", "SE-6", 6)}),
    "no JSON": (bad_line(b"panic: out of disk\n"), {("torn-line", "SE-4", 6)}),
    "bytes that are no text": (bad_line(b'{"schema":"\xff\xfe"}\n'), {("torn-line", "SE-4", 6)}),
    "a number": (bad_line(b"17\n"), {("no-row", "SE-6", 6)}),
    "an array": (bad_line(b"[]\n"), {("no-row", "SE-6", 6)}),
    "a cut row": (cut, {("torn-line", "SE-4", 6)}),
    "a row in two pieces": (halves, {("torn-line", "SE-4", 6), ("torn-line", "SE-4", 7)}),
    "two rows in a line": (spliced, {("spliced-line", "SE-4", 6)}),
    "a member twice": (doubled, {("repeated-member", "SE-4", 6)}),
    "a member of an attempt twice": (doubled_in_attempt, {("repeated-member", "SE-4", 6)}),
    "a row twice": (again, {("row-twice", "SE-1", 6)}),
    "a trailing comma": (
        lambda lines: lines.__setitem__(5, lines[5][:-2] + b",}\n"),
        {("torn-line", "SE-4", 6)},
    ),
    "NaN in an artifact": (
        lambda lines: lines.__setitem__(5, lines[5].replace(b'"artifact":{', b'"artifact":{"x":NaN,', 1)),
        {("torn-line", "SE-4", 6)},
    ),
}


@pytest.mark.parametrize("lie", BAD_LINES)
def test_each_bad_line_is_found_where_it_stands(tmp_path, lie):
    tell, expected = BAD_LINES[lie]
    lines = [line(row) for row in told(300, kind="email", final_verdict="accepted")]
    before = len(b"".join(lines[:5]))
    tell(lines)
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(lines))
    code, result = audit(tmp_path, log)
    assert (code, found(result)) == (1, expected)
    assert result["findings"][0]["offset"] == before
    assert result["lines"] == len(lines)


def test_a_last_line_without_a_line_feed_is_found(tmp_path):
    log = write(tmp_path / "log.jsonl", rows(30))
    log.write_bytes(log.read_bytes()[:-1])
    assert found(audit(tmp_path, log)[1]) == {("unended-line", "SE-4", 30)}
    log.write_bytes(log.read_bytes()[:-10])
    assert found(audit(tmp_path, log)[1]) == {("torn-line", "SE-4", 30)}


def test_bad_lines_hide_no_other(tmp_path):
    lines = [line(row) for row in rows(5000)]
    for place in (10, 2000, 2001, 4999):
        lines[place] = b"\n"
    lines[3000] = b"{torn\n"
    lines[4500] = lines[4500].replace(b'"kind":', b'"kinds":', 1)
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(lines))
    result = audit(tmp_path, log)[1]
    places = {(finding["rule"], finding["line"]) for finding in result["findings"]}
    assert places >= {("blank-line", 11), ("blank-line", 2001), ("blank-line", 2002), ("blank-line", 5000)}
    assert places >= {("torn-line", 3001), ("unknown-member", 4501), ("missing-member", 4501)}
    for finding in result["findings"]:
        assert finding["offset"] == len(b"".join(lines[: finding["line"] - 1]))
    assert (result["lines"], result["rows"]) == (5000, 4995)


def test_an_overlong_line_is_passed_over(tmp_path):
    lines = [line(row) for row in rows(50)]
    lines.insert(20, b'{"schema":"' + b"x" * (40 << 20) + b'"}\n')
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(lines))
    result = audit(tmp_path, log)[1]
    assert found(result) == {("line-too-long", "SE-6", 21)}


def mutated(line, random):
    """The line with something changed in it at random."""
    kind = random.randrange(7)
    place = random.randrange(len(line) - 1)
    if kind == 0:
        return line[:place] + bytes([random.randrange(256)]) + line[place + 1 :]
    if kind == 1:
        return line[:place] + line[place + random.randint(1, 9) :].removesuffix(b"\n") + b"\n"
    row = json.loads(line)
    name = random.choice(list(row))
    if kind == 2:
        row[name] = random.choice(
            (None, True, 0, 1, 2.5, -3, "", "x", "12", [], {}, [{}], "fill", "accepted", "gateway")
        )
    elif kind == 3:
        del row[name]
    elif kind == 4 and row["attempts"]:
        entry = random.choice(row["attempts"])
        key = random.choice(("iteration", "verdict_kind", "error", "span_id", "other"))
        entry[key] = random.choice(
            (None, True, 0, 1, 2, "x", "accepted", "no_json", "validation_failed", {}, [])
        )
    elif kind == 5:
        row["final_verdict"] = random.choice(("accepted", "max_iter_exhausted", "infra_error"))
    else:
        row["attempts"] = row["attempts"][:-1] + row["attempts"][:1]
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize("seed", range(6))
def test_the_quick_audit_finds_what_a_look_at_every_line_finds(tmp_path, seed):
    random = randomness.Random(seed)
    lines = [line(row) for row in rows(2500, seed=seed)]
    for place in random.sample(range(len(lines)), 600):
        lines[place] = mutated(lines[place], random)
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(lines))
    quick, deep = audit(tmp_path, log)[1], audit(tmp_path, log, options=["--deep"])[1]
    assert len(quick["findings"]) > 300
    assert quick == deep


ODDITIES = {
    "carriage return": lambda text: text + b"\r",
    "spaces around": lambda text: b" " + text + b"\t ",
    "spaces within": lambda text: text.replace(b'":', b'" : ', 7),
    "escaped word": lambda text: text.replace(b'"kind":"', b'"kind":"\\u0066', 1),
    "escaped name": lambda text: text.replace(b'"kind"', b'"k\\u0069nd"', 1),
    "escapes for all but ASCII": lambda text: json.dumps(json.loads(text), separators=(",", ":")).encode(),
    "half a pair": lambda text: text.replace(b'"prompt":"', b'"prompt":"\\ud83e', 1),
    "no UTF-8": lambda text: text.replace(b'"prompt":"', b'"prompt":"\xf0\x9f', 1),
    "NaN": lambda text: text.replace(b'"artifact":{', b'"artifact":{"x":NaN,', 1),
    "infinity": lambda text: text.replace(b'"artifact":{', b'"artifact":{"x":-Infinity,', 1),
    "beyond all numbers": lambda text: text.replace(b'"artifact":{', b'"artifact":{"x":1e999,', 1),
    "nested": lambda text: text.replace(b'"artifact":{', b'"artifact":{"x":[[[[[[{}]]]]]],', 1),
    "a row within": lambda text: text.replace(
        b'"artifact":{', b'"artifact":{"session_id":"x","daemon":"gateway","final_verdict":"accepted",', 1
    ),
    "a row within, escaped": lambda text: text.replace(
        b'"artifact":{',
        b'"artifact":{"session\\u005fid":"x","daemon":"gateway","final_verdict" : "accepted",',
        1,
    ),
    "member twice, alike": lambda text: text.replace(b'"kind":', b'"kind":"fill","kind":', 1),
    "member twice behind": lambda text: text[:-1] + b',"daemon":"gateway"}',
    "attempt's member twice": lambda text: text.replace(
        b'"verdict_kind":', b'"verdict_kind":"accepted","verdict_kind":', 1
    ),
    "fraction": lambda text: text.replace(b',"max_iterations"', b'.0,"max_iterations"', 1),
    "power": lambda text: text.replace(b',"final_verdict"', b'e0,"final_verdict"', 1),
    "minus zero": lambda text: text.replace(b'"iteration":0', b'"iteration":-0', 1),
    "leading zero": lambda text: text.replace(b'"duration_ms":', b'"duration_ms":0', 1),
    "many digits": lambda text: text.replace(b'"duration_ms":', b'"duration_ms":1' + b"0" * 20, 1),
    "longest prompt": lambda text: text.replace(b'"prompt":"', b'"prompt":"' + b"\\n" * 3800, 1),
    "nulls": lambda text: text[:-1] + b',"grounded_in_roster":null}',
    "blank": lambda text: text + b"\n",
    "blanks": lambda text: b" \t\r\n" + text,
    "twice": lambda text: text + b"\n" + text,
    "joined": lambda text: text + text,
}


@pytest.mark.parametrize("oddity", ODDITIES)
def test_the_quick_audit_finds_of_each_oddity_what_a_look_at_every_line_finds(tmp_path, oddity):
    random = randomness.Random(oddity)
    texts = [line(row).removesuffix(b"\n") for row in rows(300, seed=8)]
    for place in random.sample(range(len(texts)), 40):
        texts[place] = ODDITIES[oddity](texts[place])
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"\n".join(texts) + b"\n" * (oddity not in ("joined", "blank")))
    assert audit(tmp_path, log) == audit(tmp_path, log, options=["--deep"])


def test_why_the_plain_query_fails_is_said_without_the_place_in_a_file_that_nobody_has(tmp_path):
    lines = [line(row) for row in rows(30)]
    lines[0] = lines[0].replace(b'"prompt":"', b'"prompt":"\\ud83e', 1)
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(lines))
    said = [each["detail"] for each in audit(tmp_path, log)[1]["findings"] if each["rule"] == "one-type"]
    assert said == ["the query by daemon fails: Malformed JSON: no low surrogate in string."]


def test_a_member_twice_inside_an_artifact_is_found_by_a_deep_look(tmp_path):
    lines = [line(row) for row in told(50, kind="email", final_verdict="accepted")]
    lines[5] = lines[5].replace(b'"artifact":{"to":', b'"artifact":{"to":"x@y.z","to":', 1)
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(lines))
    assert found(audit(tmp_path, log, options=["--deep"])[1]) == {("repeated-member", "SE-4", 6)}


def test_logs_are_looked_at_one_by_one_and_types_over_all(tmp_path):
    both = list(rows(400))
    write(tmp_path / "a.jsonl", [row for row in both if row["daemon"] == "gateway"])
    write(tmp_path / "b.jsonl", [{**row, "timestamp": 5} for row in both if row["daemon"] != "gateway"])
    code, result = audit(tmp_path, tmp_path / "*.jsonl", options=["--limit", "3"])
    assert (code, result["logs"]) == (1, [str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")])
    assert result["counts"]["mistyped-member"] == sum(row["daemon"] != "gateway" for row in both)
    assert [finding["log"] for finding in result["findings"]] == [str(tmp_path / "b.jsonl")] * 4
    assert [finding["clause"] for finding in result["findings"]].count("SE-21") == 1


def test_a_compressed_log_is_audited_like_a_plain_one(tmp_path):
    lines = [line(row) for row in rows(100)]
    lines[50] = b"{torn\n"
    log = tmp_path / "log.jsonl.gz"
    log.write_bytes(gzip.compress(b"".join(lines)))
    result = audit(tmp_path, log)[1]
    assert found(result) == {("torn-line", "SE-4", 51)}
    assert result["findings"][0]["offset"] == len(b"".join(lines[:50]))


def test_only_so_many_findings_of_a_rule_are_kept_and_all_are_counted(tmp_path):
    log = write(tmp_path / "log.jsonl", ({**row, "extra": 1} for row in rows(300)))
    result = audit(tmp_path, log, options=["--limit", "10"])[1]
    assert (result["counts"], len(result["findings"])) == ({"unknown-member": 300}, 10)


def test_a_line_too_long_and_one_too_short_do_not_make_up_for_each_other(tmp_path):
    told = list(rows(100, seed=3))
    told[20]["duration_ms"] = str(told[20]["duration_ms"])
    told[30]["model"] = 7
    places = {
        finding["line"] for finding in audit(tmp_path, write(tmp_path / "log.jsonl", told))[1]["findings"]
    }
    assert places == {21, 31}


@pytest.mark.parametrize("depth", [100, 5000])
def test_a_deeply_nested_artifact_is_no_fault_unless_the_plain_query_fails_on_it(tmp_path, depth):
    lines = [line(row) for row in told(50, kind="email", final_verdict="accepted")]
    lines[5] = lines[5].replace(
        b'"artifact":{', b'"artifact":{"deep":' + b"[" * depth + b"]" * depth + b",", 1
    )
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(lines))
    result = audit(tmp_path, log, options=["--deep"])[1]
    assert found(result) == (set() if depth < 128 else {("one-type", "SE-21", 6)})
    assert found(audit(tmp_path, log)[1]) <= found(result)


def test_the_log_of_the_benchmark_is_clean(tmp_path):
    session_log.write(tmp_path / "log.jsonl", 6000)
    code, result = audit(tmp_path, tmp_path / "log.jsonl")
    assert (code, result["rows"]) == (0, 6000)
