"""Whoever answers a probe: a daemon over HTTP, an adapter over pipes, the reference in process."""
