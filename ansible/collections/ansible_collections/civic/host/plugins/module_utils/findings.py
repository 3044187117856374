"""A finding of preflight: what is wrong, why it matters, what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Finding = dict[str, str]
Findings = Iterator[Finding]
Wanted = dict[str, Any]
"""The parameters of the module `preflight`."""


def refusal(code: str, cause: str, remedy: str) -> Finding:
    """The install cannot succeed as things stand."""
    return {"code": code, "level": "refusal", "cause": cause, "remedy": remedy}


def warning(code: str, cause: str, remedy: str) -> Finding:
    """The install can go on; a person should know."""
    return {"code": code, "level": "warning", "cause": cause, "remedy": remedy}
