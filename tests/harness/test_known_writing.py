"""What `parity known` writes: a list that reads as what it was, for people to look at."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lakehouse_parity import known
from lakehouse_parity.errors import Place
from lakehouse_parity.known import Entry, writing
from lakehouse_parity.known.entry import Typed

PLACE = Place("known.yaml", 1)

WRITTEN = """\
known:
- probe: iterate/one
  runtime: rust
  right: go
  reason: 'The gateway: it is "so", and that it may stay so until the café has moved was agreed with all.'
  link: https://example.org/1
  expires: 2027-01-31
  places:
  - surface: body
    path: $.a
    rust: '1'
    go: '"x"'
  - surface: header
    path: $.b
    rust:
      type: count
    go: 'absent'
"""


def entry(path="$.a", values=("1", '"x"'), surface="body", reason="because", **members):
    return Entry("iterate/one", "rust", surface, path, values, "go", reason, PLACE, **members)


def read(*entries):
    return known.parse(writing.text(entries), PLACE.file)


def told(entries):
    """All that an entry says, without where it stands."""
    return [
        (e.probe, e.runtime, e.surface, e.path, e.values, e.right, e.reason, e.link, e.expires)
        for e in entries
    ]


def test_the_list_is_written_for_people_to_read():
    reason = 'The gateway: it is "so", and that it may stay so until the café has moved was agreed with all.'
    members = {"reason": reason, "link": "https://example.org/1", "expires": date(2027, 1, 31)}
    count = entry("$.b", (Typed("count"), "absent"), "header", **members)
    assert writing.text([entry(**members), count]).endswith(f"`parity known`.\n{WRITTEN}")


def test_a_long_text_is_folded_at_the_first_space_behind_120_characters():
    lines = writing.text([entry(reason="a " * 200 + "a")]).splitlines()
    assert max(map(len, lines)) == 121


def test_what_is_not_said_is_not_written():
    assert "link" not in writing.text([entry()])
    assert "expires" not in writing.text([entry()])


@pytest.mark.parametrize("value", ["1", "1e5", "-0", "null", "true", "absent", "[]", "{}", "~", "'", "  "])
def test_a_pinned_value_stays_text_whatever_it_looks_like(value):
    [found] = read(entry(values=(value, Typed("prefix: " + value))))
    assert found.values == (value, Typed("prefix: " + value))


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
entries = st.builds(
    entry,
    path=st.sampled_from(["$.a", "$.b[0]", '$["*"]', '$["ä \\"b\\""]']),
    values=st.tuples(texts, texts | st.sampled_from(["count", "text", "prefix:x"]).map(Typed)),
    surface=st.sampled_from(["body", "header", "session_row"]),
    reason=texts,
    link=texts | st.just(""),
    expires=st.none() | st.dates(),
)


@given(st.lists(entries, unique_by=lambda e: (e.surface, e.path, e.values)))
@example([entry(reason="1e5", link="1e5")])
@example([entry(values=('"a\u2028b"', '"a\x85b"'), reason="a\x85b")])
def test_a_list_that_is_written_is_read_as_what_it_was(listed):
    assert told(read(*listed)) == told(listed)
