"""How long a page waits while a census is brought in, beside a calm site: `python -m tests.bench.calm [ROWS]` (100,000).

The site under gunicorn and PostgreSQL as in service; eight residents who read a page every 100 ms (wrk), first with nothing
else on the machine, then while `app census-prepare` and `app census-apply` bring the file in. Figures are p95 in milliseconds.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from app.census import service
from app.census.service import NewList
from app.core.db import db
from app.settings import Settings
from tests.bench import serve
from tests.bench.census import write_file
from tests.conftest import make_settings
from tests.postgres import cluster
from tests.sites import empty_site
from tests.web import site_process
from tests.web.towns import open_budget

READERS = """
function delay() return 100 end
function done(_, latency) io.write("p95 " .. latency:percentile(95) / 1000) end
"""
PORTION_SECONDS = 3


def main(rows: int = 100_000) -> dict[str, float]:
    """Measure, print one line of JSON."""
    with cluster(is_durable=True) as address, tempfile.TemporaryDirectory(prefix="civic-bench-") as folder:
        settings = make_settings(address, Path(folder))
        with empty_site(settings) as site:
            slug = open_budget(site)
            with site.app_context():
                service.add_list(
                    "shell", NewList("Roll", "register", "Decision 12", date(2199, 1, 1), "other", "number")
                )
                db.session.commit()
            file = write_file(Path(folder) / "roll.csv", rows)
            environment = site_process.environment(settings)
            options = ("--config", "python:app.gunicorn_settings")
            with serve.serve("app.wsgi:app", environment, settings.hostname, *options) as server:
                figures = measure(server, f"/en/budgets/{slug}/projects", settings, file)
    print(json.dumps({"rows": rows, **figures}))
    return figures


def measure(server: serve.Server, path: str, settings: Settings, file: Path) -> dict[str, float]:
    """p95 calm, while the file is read and compared, while it is taken over, and calm once more.

    Of the portions of a few seconds that each takes the middle one counts; the worst stands beside it.
    """
    server.get(path)
    calm = p95(server, path)
    figures = {"calm": calm}
    for verb, stdin in (("prepare", file), ("apply", Path(os.devnull))):
        words = [sys.executable, "-m", "app", f"census-{verb}", *(["1"] if verb == "apply" else [])]
        waits, begun = [], time.monotonic()
        with stdin.open("rb") as rows:
            env = site_process.environment(settings)
            work = subprocess.Popen(words, stdin=rows, stdout=subprocess.DEVNULL, env=env)
            while work.poll() is None:
                waits.append(p95(server, path))
        assert work.returncode == 0, verb
        figures |= {verb: round(statistics.median(waits), 1), f"{verb}_worst": max(waits)}
        figures[f"{verb}_seconds"] = round(time.monotonic() - begun, 1)
        print(verb, waits, os.getloadavg(), file=sys.stderr)
    figures["calm_after"] = p95(server, path)
    figures["ratio"] = round(max(figures["prepare"], figures["apply"]) / calm, 2)
    return figures


def p95(server: serve.Server, path: str) -> float:
    """Milliseconds within which nineteen of twenty answers came, over some seconds; any answer but 200 fails."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(READERS)
        script.flush()
        url = f"http://127.0.0.1:{server.port}{path}"
        words = [
            "wrk",
            "-t1",
            "-c8",
            f"-d{PORTION_SECONDS}s",
            "-s",
            script.name,
            "-H",
            f"Host: {server.host}",
            url,
        ]
        said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in said, said
    assert "Socket errors" not in said, said
    return round(float(said.rpartition("p95 ")[2]), 1)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
