"""Each thing that a run against live daemons needs, checked one by one, with what to do about it."""
