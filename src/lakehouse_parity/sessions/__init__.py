"""The session log as evidence of a run, and as data."""
