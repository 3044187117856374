"""Mailings: one letter to many people, whom a segment, a moment of a process or a list of addresses names; written and sent here.

Words: a *portion* is those readers whose copies go into the outbox at a time. What is kept of them stands in app.readers.
"""
