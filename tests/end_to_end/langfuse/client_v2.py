"""Speaks the public ingestion endpoint: run with langfuse 2, told host, keys, a trace id and the parent's id.

Prints what the client knows of what it sent, as JSON.
"""

import json
import sys

from langfuse import Langfuse

host, public, secret, trace_id, parent = sys.argv[1:]
client = Langfuse(host=host, public_key=public, secret_key=secret, max_retries=1, timeout=10)
try:
    known = client.auth_check()
except Exception as error:  # noqa: BLE001  whatever it says of wrong keys
    known = type(error).__name__
trace = client.trace(id=trace_id, name="caller", user_id="u", tags=["a", "b"], metadata={"n": 1})
outer = trace.span(id=parent, name="outer", input={"q": [1, 2.5, None, "é🦀"]}, metadata={"k": "v"})
inner = outer.span(name="inner", input="text")
generation = inner.generation(
    name="generation",
    model="m",
    model_parameters={"temperature": 0.5},
    input=[{"role": "user", "content": "hi"}],
)
generation.end(output="hello", usage={"input": 3, "output": 2, "unit": "TOKENS"})
inner.end(output={"done": True})
outer.end(level="WARNING", status_message="odd", output="")
trace.event(name="event")
trace.score(name="good", value=1)
client.flush()
client.shutdown()
print(json.dumps({"known": known, "inner": inner.id, "generation": generation.id}))
