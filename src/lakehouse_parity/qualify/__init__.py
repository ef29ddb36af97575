"""The harness, put to the proof: small believable mistakes are planted in the daemons, one at a time."""
