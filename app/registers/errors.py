"""Why the register gave no answer. Nobody reads it but operators, in the log."""

from __future__ import annotations


class Unavailable(Exception):
    """The register did not answer, or not in a way that can be believed: the check waits. The text says why, never whom."""
