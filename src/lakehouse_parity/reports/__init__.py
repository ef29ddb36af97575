"""Reports: each listens to the events of a run, live or from a recording."""
