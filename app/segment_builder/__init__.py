"""Segments as officers make them: a rule built by buttons, saved in versions, looked at, and its people put into a file."""
