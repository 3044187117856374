"""How gunicorn runs the site: loaded once, then forked, so that a broken release fails to start instead of half starting."""

import gc
from typing import Any

from app.settings import from_environment

_settings = from_environment()

worker_class = "gthread"
workers = _settings.web_workers
threads = _settings.web_threads
preload_app = True
max_requests = 20_000
max_requests_jitter = 2_000
timeout = 30
graceful_timeout = 20
keepalive = 0  # a kept connection would stay with one process, and leave the other idle
accesslog = None
errorlog = "-"
control_socket_disable = True
forwarder_headers = (
    ""  # a request's own SCRIPT_NAME would lead every link of the page, and of the shared cache, elsewhere
)


def when_ready(server: Any) -> None:
    """What is loaded stays as it is: the collector would write to each of its pages, and every child own a copy of them."""
    gc.collect()
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """A connection opened before the fork must not be shared by the children."""
    from app.core.db import db
    from app.wsgi import app

    with app.app_context():
        db.engine.dispose(close=False)
