"""Eight believable mistakes in a scratch copy of the Go daemon, one at a time: each is caught and blamed."""

import pytest
from tests.end_to_end.conftest import needs_toolchains

pytestmark = needs_toolchains

DRIFTS = {
    "trace_id left out of the 422": (
        "internal/iterate/outcome.go",
        "\t\t\tHistory:    c.history(),\n\t\t\tTraceID:    c.traceID,\n\t\t}}\n\t}\n}",
        "\t\t\tHistory:    c.history(),\n\t\t}}\n\t}\n}",
        ("body", "$.trace_id"),
    ),
    "temperature 0 replaced by the default": (
        "internal/iterate/request.go",
        "\tr.MaxTokens, err = withDefault",
        (
            "\tif r.Temperature == 0 {\n\t\tr.Temperature = defaultTemperature\n\t}\n"
            "\tr.MaxTokens, err = withDefault"
        ),
        ("model_request", "$[0].body.temperature"),
    ),
    "history error an object instead of a string": (
        "internal/iterate/outcome.go",
        (
            'type status struct {\n\tKind  sessionlog.Verdict `json:"kind"`\n'
            '\tError string             `json:"error,omitempty"`\n}\n'
        ),
        (
            'type status struct {\n\tKind  sessionlog.Verdict `json:"kind"`\n\tError string `json:"-"`\n}\n\n'
            'func (s status) MarshalJSON() ([]byte, error) {\n\tif s.Error == "" {\n'
            '\t\treturn []byte(`{"kind":"` + string(s.Kind) + `"}`), nil\n\t}\n'
            '\treturn []byte(`{"kind":"` + string(s.Kind) + `","error":` + s.Error + `}`), nil\n}\n'
        ),
        ("body", "$.history[0].status.error"),
    ),
    "raw cut by bytes": (
        "internal/iterate/outcome.go",
        "text.Cut(a.raw, maxHistoryRaw)",
        "text.FromUTF8([]byte(a.raw[:min(len(a.raw), maxHistoryRaw)]))",
        ("body", "$.history[0].raw"),
    ),
    "no session row on 502": (
        "internal/iterate/iterate.go",
        "\ts.appendRow(ctx, c.noted(c.row()), req, arrived)\n",
        "\tif answer.Status != 502 {\n\t\ts.appendRow(ctx, c.noted(c.row()), req, arrived)\n\t}\n",
        ("session_row", "$"),
    ),
    "feedback accumulates": (
        "internal/iterate/iterate.go",
        "prompt = afterNoJSON(c.req.Prompt)",
        "prompt = afterNoJSON(prompt)",
        ("model_request", "$[2].body.messages[0].content"),
    ),
    "braces in strings are not counted": (
        "internal/extract/extract.go",
        "\tdepth, start := 0, -1\n\tfor i := 0; i < len(raw); i++ {\n\t\tswitch raw[i] {\n",
        (
            "\tdepth, start := 0, -1\n\tinString := false\n\tfor i := 0; i < len(raw); i++ {\n"
            "\t\tif raw[i] == '\"' {\n\t\t\tinString = !inString\n\t\t}\n"
            "\t\tif inString {\n\t\t\tcontinue\n\t\t}\n"
            "\t\tswitch raw[i] {\n"
        ),
        ("extraction", "$.found"),
    ),
    "an ampersand in the feedback is HTML-escaped": (
        "internal/iterate/hops.go",
        "refusal, err := wire.Marshal(answer)",
        "refusal, err := json.Marshal(answer)",
        ("model_request", "$[1].body.messages[0].content"),
    ),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_a_drift_of_the_go_daemon_is_caught_and_only_go_is_blamed(name, changed_go, drive):
    file, old, new, place = DRIFTS[name]
    ran = drive(sources=changed_go(file, old, new))
    failing = ran.summary.failing
    assert ran.summary.exit_code == 1
    assert failing, "no probe saw it"
    assert [outcome for outcome in failing if outcome.verdict.value != "go_drift"] == []
    assert any(place in ran.places(outcome.probe.id) for outcome in failing)
