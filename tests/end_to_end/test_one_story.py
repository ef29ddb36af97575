"""A mistake that every mask hides: only the story of one call, told by all of its surfaces, shows it."""

from tests.end_to_end.conftest import needs_toolchains

pytestmark = needs_toolchains

PROBE = "trace/minted-in-a-422"


def test_a_row_under_another_minted_id_than_its_spans_is_caught(drive, changed_go):
    sources = changed_go(
        "internal/iterate/outcome.go",
        "SessionID:     c.traceID,",
        'SessionID:     c.traceID + "x",',
    )
    ran = drive([PROBE], sources)
    assert ran.verdict(PROBE) == "go_drift"
    assert ran.places(PROBE) == {("session_row", "$.session_id")}
    assert "go contradicts itself" in ran.judged[PROBE].outcome.reason
