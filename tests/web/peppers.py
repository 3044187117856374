"""The site's pepper in tests: given to a running site, and a list renewed with it."""

from __future__ import annotations

import dataclasses

from flask import Flask

from app.census import queries, renewal
from app.core.db import db
from app.settings import Settings

OLD, NEW = "old-pepper-" + "o" * 32, "new-pepper-" + "n" * 32


def pepper(app: Flask, *peppers: str) -> Settings:
    """Give the running site these peppers."""
    app.config["CIVIC"] = dataclasses.replace(app.config["CIVIC"], census_pepper=peppers)
    kept: Settings = app.config["CIVIC"]
    return kept


def renew(list_id: int = 1) -> int:
    """Renew a list, committed."""
    renewed = renewal.renew("shell", queries.get_list(list_id))
    db.session.commit()
    return renewed
