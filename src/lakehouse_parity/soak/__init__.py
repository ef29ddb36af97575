"""Both daemons under load at once, on one session log: every call that was answered, held against all of it.

`driving.soak(Standing(config, doubles, roster, masks), Load(calls=…))` is the whole of it over daemons
that are up, and so can be the load stage of whoever stands them (`stage.demo`): it starts and stops nothing
but by the `restart` that it may be given, reads the log from where it ends at that moment, leaves the doubles
as they were, and gives a `Result` whose findings name rule, clause and runtime.
"""
