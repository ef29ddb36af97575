"""Langfuse, as far as a sink needs it: both endpoints that take spans, and what it has taken.

Older clients, and the daemons of the specification, send events to the public ingestion endpoint (SP-4);
newer SDKs send OpenTelemetry's protocol. Both end up as the same spans and traces.
"""

from lakehouse_parity.doubles.langfuse.kept import ANYONE
from lakehouse_parity.doubles.langfuse.sink import LangfuseSink

__all__ = ["ANYONE", "LangfuseSink"]
