"""What goes over the wire, as plain records: requests, answers, calls to a provider, phrases of statuses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

JSON_TYPE = "application/json"
"""The content type of every JSON answer (IT-26)."""

TEXT_TYPE = "text/plain; charset=utf-8"
"""The content type of every answer in words (IT-26)."""

LARGEST_BODY = 8 * 1024 * 1024
"""Bytes of a request body that are read; a larger one is refused (HT-5)."""


class Refusal(Enum):
    """How much of a refusal the specification leaves free."""

    CODE_FREE = "code free"
    """Any code of the class 4xx, and any body (IT-3, CH-2, VA-2, HT-3 to HT-7)."""
    BODY_FREE = "body free"
    """This very code, and any body (HT-1, HT-2)."""


class HttpRequest(NamedTuple):
    """A request as it arrived, or as a hop makes it."""

    method: str
    """In capitals, such as `POST`."""
    path: str
    """The path alone; a query is no part of it."""
    headers: tuple[tuple[bytes, bytes], ...]
    """Names in any case and values, in the order in which they came."""
    body: bytes
    """The whole body, empty where there is none."""

    def first(self, name: bytes) -> bytes | None:
        """Find the value of the first header of this name (given in lower case), in any case (TR-1, TR-2).

        White space around a value is no part of it (TR-10).
        """
        return next((value.strip(b" \t") for key, value in self.headers if key.lower() == name), None)


class HttpAnswer(NamedTuple):
    """An answer that is complete."""

    status: int
    """The status code."""
    headers: tuple[tuple[str, str], ...]
    """Names in lower case and values; the length of the body is the server's matter."""
    body: bytes
    """The whole body, byte for byte."""

    @property
    def succeeded(self) -> bool:
        """Tell whether the status is in the class 2xx."""
        return succeeded(self.status)


class ProviderCall(NamedTuple):
    """One `POST` that `/v1/chat` makes to a model provider (CH-3, CH-5)."""

    provider: str
    """The provider's name; its base URL is the driver's matter."""
    path: str
    """What follows the base URL, such as `/v1/chat/completions`."""
    headers: tuple[tuple[str, str], ...]
    """Names in lower case and values; the characters of a value are its bytes (ISO 8859-1)."""
    body: bytes
    """The JSON text that is sent."""


class ProviderAnswer(NamedTuple):
    """What a provider answered, whatever its status."""

    status: int
    """The status code."""
    content_type: str | None
    """The value of its `content-type`; None where it sent none."""
    body: bytes
    """The whole body, byte for byte."""


@dataclass(frozen=True, slots=True)
class ProviderSilence:
    """No answer: the provider could not be reached, broke off, or took more than 240 seconds (CH-7)."""


def succeeded(status: int) -> bool:
    """Tell whether a status is in the class 2xx."""
    return 200 <= status <= 299  # noqa: PLR2004  # the class itself


def json_answer(status: int, text: str) -> HttpAnswer:
    """Answer with a JSON text."""
    return HttpAnswer(status, (("content-type", JSON_TYPE),), text.encode())


def text_answer(status: int, text: str) -> HttpAnswer:
    """Answer in words."""
    return HttpAnswer(status, (("content-type", TEXT_TYPE),), text.encode())


def reason(status: int) -> str:
    """Name a status by its standard reason phrase, or `<unknown status code>` (IT-20, IT-21)."""
    return REASONS.get(status, "<unknown status code>")


REASONS: dict[int, str] = {
    100: "Continue",
    101: "Switching Protocols",
    102: "Processing",
    103: "Early Hints",
    200: "OK",
    201: "Created",
    202: "Accepted",
    203: "Non-Authoritative Information",
    204: "No Content",
    205: "Reset Content",
    206: "Partial Content",
    207: "Multi-Status",
    208: "Already Reported",
    226: "IM Used",
    300: "Multiple Choices",
    301: "Moved Permanently",
    302: "Found",
    303: "See Other",
    304: "Not Modified",
    305: "Use Proxy",
    307: "Temporary Redirect",
    308: "Permanent Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Payload Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    416: "Range Not Satisfiable",
    417: "Expectation Failed",
    418: "I'm a teapot",
    421: "Misdirected Request",
    422: "Unprocessable Entity",
    423: "Locked",
    424: "Failed Dependency",
    425: "Too Early",
    426: "Upgrade Required",
    428: "Precondition Required",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    451: "Unavailable For Legal Reasons",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
    506: "Variant Also Negotiates",
    507: "Insufficient Storage",
    508: "Loop Detected",
    510: "Not Extended",
    511: "Network Authentication Required",
}
"""The standard phrases, of which 413 and 422 keep their older ones (IT-20)."""
