"""What the proxy, the installer and the monitor ask: is the process alive, is the site ready."""

from __future__ import annotations

from flask import Blueprint, Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core import hindrances, maintenance, schema, worker
from app.core.db import db
from app.core.policy import Role, allow
from app.version import __version__

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@allow(Role.ANYONE)
def alive() -> dict[str, str]:
    """The process answers; touches nothing else."""
    return {"status": "alive", "version": __version__}


@blueprint.get("/readyz")
@allow(Role.ANYONE)
def ready() -> tuple[dict[str, object], int]:
    """The database answers and this release can use its schema; 503 otherwise.

    A silent worker and maintenance are said, and close no page.
    """
    try:
        db.session.execute(text("SELECT 1"))
        connection = db.session.connection()
        stands, hindrance = schema.current(connection), hindrances.find(connection)
    except SQLAlchemyError:
        db.session.rollback()
        return {"status": "not ready", "reason": "the database does not answer"}, 503
    if hindrance is not None:
        return {"status": "not ready", "reason": hindrance}, 503
    beat_age, closed = worker.find_beat_age(), maintenance.current()
    return {
        "status": "ready",
        "version": __version__,
        "schema": stands,
        "worker_beat_age_seconds": beat_age,
        "maintenance_until": closed.until.isoformat() if closed else None,
    }, 200


def init_app(app: Flask) -> None:
    """Serve the two addresses."""
    app.register_blueprint(blueprint)
