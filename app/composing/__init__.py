"""Composing: what an officer writes in markdown becomes a letter that mail programs show, and its plain text.

Words: a *personal field* is a place in a text for something of the reader's own, with what stands there otherwise.
"""
