"""Requests to the sink, as clients make them."""

import base64
import json

from lakehouse_parity.doubles.langfuse import LangfuseSink
from lakehouse_parity.wire.server import Received

INGESTION = "/rust/api/public/ingestion"


def keys(public="pk", secret="sk"):
    return f"Basic {base64.b64encode(f'{public}:{secret}'.encode()).decode()}"


def event(type_="span-create", id_="e", **body):
    return {"id": id_, "type": type_, "timestamp": "2000-01-01T00:00:00Z", "body": body}


def asked(sink, path, body=b"", method="POST", authorization=None, **headers):
    """What the sink answers; `authorization` is the right keys unless given, and none where empty."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if authorization != "":
        given["authorization"] = authorization or keys()
    return sink.handle(Received(method, path, tuple(given.items()), body))


def ingested(*events, path=INGESTION, sink=None, raw=None, **rest):
    """Status, document and sink after one batch."""
    sink = sink or LangfuseSink("pk", "sk")
    body = raw if raw is not None else json.dumps({"batch": events}).encode()
    reply = asked(sink, path, body, **rest)
    return reply.status, json.loads(reply.body), sink
