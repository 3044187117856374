"""What the forms of signing in carry along."""

from __future__ import annotations

from flask import request

from app.sign_in.rules import local_path


def wanted_path() -> str:
    """The page of this site that the person was on the way to; empty for none."""
    return local_path(request.values.get("next", ""), "")
