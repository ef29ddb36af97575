"""Records for tests, with everything that a test does not care about filled in."""

import json

from msgspec.structs import replace

from lakehouse_parity.errors import Place
from lakehouse_parity.judging import SIDES
from lakehouse_parity.lossless import parse
from lakehouse_parity.model import (
    Answer,
    Difference,
    Mask,
    ModelRequest,
    Observation,
    Outcome,
    Probe,
    Request,
    Surface,
    Verdict,
)

PLACE = Place("probes/iterate/one.yaml", 3)
JSON_TYPE = (("content-type", "application/json"),)


def tree(text):
    """The lossless tree of a JSON text."""
    return parse(text.encode())


def probe(id_="iterate/one", clauses=("IT-15",), **members):
    suite = id_.split("/", maxsplit=1)[0]
    request = members.pop("request", Request("POST", "/v1/iterate", (), b"{}"))
    return Probe(id_, suite, clauses, request, members.pop("place", PLACE), **members)


def answer(body="{}", status=200, headers=JSON_TYPE):
    return Answer(status, headers, body if isinstance(body, bytes) else body.encode())


def observed(body="{}", **members):
    """An observation of an answer with that body."""
    return Observation(answer=answer(body), **members)


def sides(rust, go=None, reference=None, reference_go=None):
    """Four observations; the reference is go's twin where it is not given, and so is its other dialect."""
    go = rust if go is None else go
    reference = go if reference is None else reference
    reference_go = reference if reference_go is None else reference_go
    return dict(zip(SIDES, (rust, go, reference, reference_go), strict=True))


def bodies(rust, go, reference, reference_go=None):
    return sides(*(None if body is None else observed(body) for body in (rust, go, reference, reference_go)))


def call(body="{}", path="/v1/chat/completions", headers=(), received=0.0, answered=0.0):
    return ModelRequest(path, headers, body.encode(), received, answered)


def mask(path="$.trace_id", type_="id", surface=Surface.BODY):
    return Mask(surface, path, type_, "free")


def difference(path="$.a", verdict=Verdict.RUST_DRIFT, surface=Surface.BODY, clause="IT-15", **values):
    return Difference(surface, path, values or {"rust": b"1", "go": b"2", "reference": b"2"}, verdict, clause)


def outcome(verdict=Verdict.PARITY, id_="iterate/one", reason="because", differences=(), **members):
    return Outcome(probe(id_, **members), verdict, reason, tuple(differences))


def drifted(id_="iterate/one", *differences):
    return outcome(Verdict.RUST_DRIFT, id_, differences=differences or (difference(),))


def row(**members):
    """A session row's line, with the members that every row has."""
    usual = {"schema": "session.iterate.v1", "daemon": "gateway", "attempts": []}
    return json.dumps({**usual, **members}).encode()


def span(**members):
    return json.dumps(
        {
            "id": "00000000000000aa",
            "startTime": "2000-01-01T00:00:01Z",
            "endTime": "2000-01-01T00:00:02Z",
            "metadata": {"iteration": 0},
            **members,
        }
    ).encode()


def with_answer(observation, **members):
    return replace(observation, answer=replace(observation.answer, **members))
