"""Sending: who of a mailing's readers may be written to, and the worker's part: their copies go into the outbox in portions.

Words: a *portion* is those readers whose copies go into the outbox at a time. What is kept of a mailing stands in app.readers;
officers write and confirm one in app.mailings.
"""
