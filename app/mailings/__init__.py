"""Mailings: one letter to many people, whom a segment, a moment of a process or a list of addresses names.

Words: the *readers* are whom a mailing is meant for; one who may not be written to is *left out*, with the reason; a *portion* is
those readers whose copies go into the outbox at a time.
"""
