"""The requests, as models from which schemas are derived: for an optional member null equals absent (IT-1).

What no schema can say stays in the clauses: integers are written without fraction or exponent (IT-1).
"""

from typing import Annotated, Any, NotRequired, TypedDict

from lakehouse_spec.requests import LARGEST_U32, Kind
from lakehouse_spec.schemas.derive import Limit

# No postponed annotations in this file: the schemas are derived from them.

Integer = Annotated[int, Limit("minimum", 0), Limit("maximum", LARGEST_U32)]
OTHERS_IGNORED = Limit("additionalProperties", value=True)
"""Unknown members are no mistake (IT-2, VA-1, CH-1)."""


class Iterate(TypedDict):
    """The request of `/v1/iterate` (IT-1, IT-2)."""

    kind: Annotated[Kind, "Which validator judges the artifact (IT-1)."]
    prompt: Annotated[str, "What the model is asked (IT-1)."]
    provider: Annotated[str, "Which provider is asked (IT-1)."]
    model: Annotated[str, "Which model is asked (IT-1)."]
    system: NotRequired[Annotated[str | None, "The system message; sent even if it is empty (IT-1, IT-7)."]]
    context: NotRequired[Annotated[Any, "What the validator knows of the contract (IT-1, IT-10)."]]
    max_iterations: NotRequired[Annotated[Integer | None, "3 where absent; 0 counts as 1 (IT-1, IT-4)."]]
    max_tokens: NotRequired[Annotated[Integer | None, "4096 where absent (IT-1, IT-5)."]]
    temperature: NotRequired[Annotated[float | None, "0.2 where absent (IT-1, IT-5)."]]


class Validate(TypedDict):
    """The request of `/v1/validate` (VA-1)."""

    kind: Annotated[Kind, "Which validator judges (VA-1)."]
    artifact: Annotated[Any, "What is judged: any JSON, null included (VA-1)."]
    context: NotRequired[Annotated[Any, "What is known of the contract (VA-1, VA-10)."]]


class MessageBody(TypedDict):
    """One message of a conversation (CH-1)."""

    role: Annotated[str, "Who speaks (CH-1)."]
    content: Annotated[str, "What is said (CH-1)."]


Message = Annotated[MessageBody, OTHERS_IGNORED]


class Chat(TypedDict):
    """The request of `/v1/chat` (CH-1)."""

    provider: Annotated[str, "Which provider is asked (CH-1)."]
    model: Annotated[str, "Which model is asked (CH-1)."]
    messages: Annotated[list[Message], "The conversation (CH-1)."]
    temperature: NotRequired[Annotated[float | None, "Sent only where given (CH-1, CH-3)."]]
    max_tokens: NotRequired[Annotated[Integer | None, "Sent only where given (CH-1, CH-3)."]]


IterateRequest = Annotated[Iterate, OTHERS_IGNORED]
ValidateRequest = Annotated[Validate, OTHERS_IGNORED]
ChatRequest = Annotated[Chat, OTHERS_IGNORED]
