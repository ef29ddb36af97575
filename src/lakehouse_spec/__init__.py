"""The specification of the iterate API, executable: pure functions, no clock, no sockets."""
