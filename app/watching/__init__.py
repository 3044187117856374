"""Watching: whether readers open a mailing and follow its links, only while the council has switched that on; off at first.

A watched letter has a picture of one pixel, and its links lead through this site, which keeps where each leads.
"""
