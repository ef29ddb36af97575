"""The truth in other words: each of these is parity, and an alarm about one of them is a false one."""

import json

from tests.fakes.lying_daemon import Truth, with_header


def _is_json(answer):
    return dict(answer.headers).get("content-type") == "application/json"


class _Rewrites(Truth):
    """Another text of the same JSON."""

    def handled(self, handled):
        if not _is_json(handled.answer) or handled.refusal is not None:
            return handled
        text = self.rewritten(json.loads(handled.answer.body))
        return handled._replace(answer=handled.answer._replace(body=text.encode()))


class ReversesMembers(_Rewrites):
    """Members come in another order."""

    def rewritten(self, body):
        return json.dumps(dict(reversed(body.items())), ensure_ascii=False)


class Indents(_Rewrites):
    """JSON is laid out for people."""

    def rewritten(self, body):
        return json.dumps(body, indent="\t", ensure_ascii=False) + "\n"


class EscapesWhatItMay(_Rewrites):
    """Every character of HTML and every one beyond ASCII is an escape."""

    def rewritten(self, body):
        return json.dumps(body).replace("<", "\\u003c").replace(">", "\\u003E").replace("&", "\\u0026")


class WritesFloats(_Rewrites):
    """Every integer has a fraction of zero."""

    def rewritten(self, body):
        return json.dumps(_floats(body), ensure_ascii=False)


def _floats(value):
    if isinstance(value, dict):
        masked = ("elapsed_ms",)  # a count is a count
        return {key: item if key in masked else _floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_floats(item) for item in value]
    return float(value) if type(value) is int else value


class WritesNulls(Truth):
    """What has no value in a row is null."""

    def handled(self, handled):
        if handled.row is None:
            return handled
        row = {"artifact": None, "grounded_in_roster": None, **handled.row}
        row["attempts"] = [{"error": None, **attempt} for attempt in row["attempts"]]
        return handled._replace(row=row)


class RefusesWithAnotherCode(Truth):
    """A malformed request is 422 in words of its own."""

    def handled(self, handled):
        if handled.refusal is None or handled.answer.status != 400:
            return handled
        answer = with_header(handled.answer, "content-type", "application/problem+json")
        return handled._replace(answer=answer._replace(status=422, body=b'{"title":"no"}'))


class WordsRefusals(Truth):
    """An unknown path is told of in HTML."""

    def handled(self, handled):
        if handled.answer.status != 404:
            return handled
        answer = with_header(handled.answer, "content-type", "text/html")
        return handled._replace(answer=answer._replace(body=b"<h1>404</h1>"))


class NamesCharsets(Truth):
    """A content type has parameters and capitals."""

    def handled(self, handled):
        if not _is_json(handled.answer):
            return handled
        return handled._replace(
            answer=with_header(handled.answer, "content-type", "Application/JSON; charset=utf-8")
        )


class SaysMore(Truth):
    """An answer has headers that nobody asked for."""

    def handled(self, handled):
        headers = (("server", "fake"), ("date", "today"), *handled.answer.headers, ("x-request-id", "7"))
        return handled._replace(answer=handled.answer._replace(headers=headers))


class MintsIdsOfAnotherForm(Truth):
    """A minted trace id has a form of its own."""

    def __init__(self, seat):
        super().__init__(seat)
        self._count = 0

    def request(self, request):
        if request.first(b"x-lakehouse-trace-id") is not None:
            return request
        self._count += 1
        headers = (*request.headers, (b"x-lakehouse-trace-id", f"{self.seat}!{self._count}".encode()))
        return request._replace(headers=headers)


class ClosesConnections(Truth):
    """No connection is kept."""

    def data(self, _answer, data):
        return data.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)


class SendsChunks(Truth):
    """A body comes in chunks of one byte."""

    def data(self, answer, data):
        head = data.partition(b"content-length: ")[0]
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in answer.body)
        return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


class SendsHintsFirst(Truth):
    """An informational answer comes in front of the answer."""

    def data(self, _answer, data):
        return b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + data


class SendsAnotherCall(Truth):
    """The call to the provider has its members in another order and headers of its own."""

    def call(self, call):
        body = json.dumps(dict(reversed(json.loads(call.body).items())), indent=1).encode()
        return call._replace(headers=(*call.headers, ("user-agent", "fake")), body=body)


HARMLESS = [
    kind
    for name, kind in globals().items()
    if isinstance(kind, type) and issubclass(kind, Truth) and kind is not Truth and not name.startswith("_")
]
