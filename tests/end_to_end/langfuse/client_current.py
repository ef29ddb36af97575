"""Speaks OpenTelemetry's protocol: run with a current langfuse, told host, keys, and a trace id.

Prints what the client knows of what it sent, as JSON.
"""

import json
import sys

from langfuse import Langfuse

host, public, secret, trace_id = sys.argv[1:]
client = Langfuse(base_url=host, public_key=public, secret_key=secret, timeout=10)
try:
    known = client.auth_check()
except Exception as error:  # noqa: BLE001  whatever it says of wrong keys
    known = type(error).__name__
context = {"trace_id": trace_id}
with client.start_as_current_observation(
    name="outer", trace_context=context, input={"q": [1, 2.5, None, "é🦀"]}, metadata={"k": "v", "n": 1}
) as outer:
    with client.start_as_current_observation(name="inner", input="text") as inner:
        with client.start_as_current_observation(
            name="generation",
            as_type="generation",
            model="m",
            model_parameters={"temperature": 0.5},
            input=[{"role": "user", "content": "hi"}],
        ) as generation:
            generation.update(output="hello", usage_details={"input": 3, "output": 2})
        inner.update(output={"done": True})
    outer.update(level="WARNING", status_message="odd", output="")
client.flush()
client.shutdown()
ids = {"outer": outer.id, "inner": inner.id, "generation": generation.id}
print(json.dumps({"known": known, "seeded": client.create_trace_id(seed="any text"), **ids}))
