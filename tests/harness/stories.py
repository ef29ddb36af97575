"""Three true stories of one runtime, and a way to tell exactly one lie in them."""

from functools import cache

from msgspec.structs import replace
from tests.harness.making import probe
from tests.harness.observing import references

from lakehouse_parity import lossless, paths
from lakehouse_parity.invariants import violations
from lakehouse_parity.model import Request, Step, Surface
from lakehouse_parity.normalise import documents

GOOD = '{"fills":[{"candidate_id":"W-001","score":1.0}]}'
BAD = '{"fills":[{"candidate_id":""}]}'
LONG = "x" * 1999 + "éé, no object here"
TRACE = (b"x-lakehouse-trace-id", b"the trace")
GONE = object()
"""The lie of leaving something out."""

SCRIPTS = {
    "accepted": (Step(content=LONG), Step(content=BAD), Step(content=GOOD)),
    "exhausted": (Step(content=BAD), Step(content=LONG)),
    "failed": (Step(content=LONG), Step(content=BAD), Step(status=500, body=b"boom")),
    "at once": (Step(status=500, body=b"boom"),),
}


def asked(name="accepted", **members):
    """The probe of a story; `trace=None` sends no id."""
    maximum = 2 if name == "exhausted" else 3
    body = {"kind": "fill", "prompt": "P" * 4001, "provider": "parity", "model": "m"}
    text = lossless.write({**body, "max_iterations": str(maximum).encode(), **members})
    headers = ((b"content-type", b"application/json"), TRACE)
    request = Request("POST", "/v1/iterate", headers, text.encode())
    return probe(request=request, script=SCRIPTS[name], provider="parity", model="m", trace="the trace")


@cache
def true_story(name, runtime="rust"):
    """What the reference does."""
    return references()[runtime].observe(asked(name))


def minted(one):
    """The probe without an id of its own."""
    headers = tuple(header for header in one.request.headers if header != TRACE)
    return replace(one, trace=None, request=replace(one.request, headers=headers))


def lie(observation, surface, path, value):
    """The observation with another value at one place; GONE leaves it out."""
    surface = Surface(surface)
    if surface is Surface.STATUS:
        return replace(observation, answer=replace(observation.answer, status=value))
    if surface is Surface.HEADER:
        headers = () if value is GONE else (("content-type", value),)
        return replace(observation, answer=replace(observation.answer, headers=headers))
    read, write = PLACES[surface]
    root = {"$": read(observation)}
    place = root
    *way, last = ("$", *paths.parse(path))
    for part in way:
        place = place[part]
    if value is GONE:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return write(observation, root["$"])


def _bytes(tree):
    return tree.encode() if isinstance(tree, str) else lossless.write(tree).encode()


def _body(observation):
    data = observation.answer.body
    return lossless.parse(data) if data[:1] == b"{" else data.decode()


def _calls(observation):
    return [
        {
            "headers": dict(call.headers),
            "body": lossless.parse(call.body),
            "times": (call.received, call.answered),
        }
        for call in observation.model_requests
    ]


def _called(observation, calls):
    one = observation.model_requests[0]
    return tuple(
        replace(
            one,
            headers=tuple(call["headers"].items()),
            body=_bytes(call["body"]),
            received=call["times"][0],
            answered=call["times"][1],
        )
        for call in calls
    )


PLACES = {
    Surface.BODY: (
        _body,
        lambda observation, tree: replace(observation, answer=replace(observation.answer, body=_bytes(tree))),
    ),
    Surface.SESSION_ROW: (
        lambda observation: lossless.parse(observation.rows[0]),
        lambda observation, tree: replace(observation, rows=(_bytes(tree),)),
    ),
    Surface.SPAN: (
        lambda observation: [lossless.parse(span) for span in observation.spans],
        lambda observation, tree: replace(observation, spans=tuple(map(_bytes, tree))),
    ),
    Surface.MODEL_REQUEST: (
        _calls,
        lambda observation, tree: replace(observation, model_requests=_called(observation, tree)),
    ),
}


def found(one, observation):
    """Each violation as text: surface, path, clause."""
    told = violations(one, observation, documents(observation, observation.refusal))
    return [f"{each.surface.value} {paths.render(each.path)} {each.clause}" for each in told]
