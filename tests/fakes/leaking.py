"""A runtime that gives away the key of its configuration, in every spelling and wherever it can."""

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

from tests.fakes.lying_daemon import Truth, with_body, with_header

CORE = b"9c1e55d24b08"
KEY = f'sk-7f"3a/<{CORE.decode()} &77c0é'
"""A key with what JSON, addresses and pages escape, each in its own way."""
PUBLIC = "pk-lf-1234"
BASIC = base64.b64encode(f"{PUBLIC}:{KEY}".encode()).decode()


def _in_base64(before):
    return base64.b64encode(before + KEY.encode() + b"!").decode()


SPELLINGS = (
    KEY,
    json.dumps(KEY),
    json.dumps(json.dumps(KEY)),
    "".join(f"\\u{ord(character):04X}" for character in KEY),
    f"https://{PUBLIC}:{quote(KEY, safe='')}@langfuse.example/",
    quote_plus(KEY),
    f"Basic {BASIC}",
    *(_in_base64(before) for before in (b"", b"u", b"us")),
)
"""How one may come by it."""


def betrays(data):
    """Whether the key, its distinct middle or its token stands in there in any spelling."""
    text = html.unescape(data.decode("utf-8", "replace"))
    text = re.sub(r"\\+u([0-9a-fA-F]{4})|%([0-9a-fA-F]{2})", lambda m: chr(int(m[1] or m[2], 16)), text)
    encoded = [base64.b64encode(b"#" * before + KEY.encode()).decode()[8:20] for before in range(3)]
    return any(piece in text for piece in (CORE.decode(), *encoded))


class Leaks(Truth):
    """Tells the truth, and the key beside it: in answers, rows, spans, traces and to the model."""

    spellings = SPELLINGS

    def tell(self, body):
        body["debug"] = self.spellings
        if "version" in body:
            body["version"] = KEY

    def handled(self, handled):
        if not handled.answer.body.startswith(b"{"):
            return handled
        answer = with_body(handled.answer, self.tell)
        return handled._replace(answer=with_header(answer, "x-debug", _in_base64(b"u")))

    def call(self, call):
        headers = (*call.headers, ("authorization", f"Basic {BASIC}"), ("x-debug", self.spellings[0]))
        headers = tuple((name, value.encode().decode("latin-1")) for name, value in headers)
        body = {**json.loads(call.body), "user": list(self.spellings)}
        return call.__class__(call.provider, call.path, headers, json.dumps(body).encode())

    def lines(self, line):
        row = {**json.loads(line), "debug": list(self.spellings)}
        return [json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"]

    def spans(self, bodies):
        return [{**body, "metadata": list(self.spellings)} for body in bodies]

    def traces(self, body):
        return [{**body, "metadata": list(self.spellings)}]
