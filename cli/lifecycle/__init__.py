"""The life of a release: what the operator's side sends to a host, and the journaled steps that run on it."""
