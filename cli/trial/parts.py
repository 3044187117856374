"""The two parts of a running trial site, web and worker: begun so that they outlive the terminal, found again, ended."""

from __future__ import annotations

import time

from cli import config, run
from cli.app_commands import AppCommands
from cli.errors import Failure
from cli.processes import Process
from cli.trial import address
from cli.trial.folder import PARTS, TrialFolder

START_SECONDS = 90
STOP_SECONDS = 25
POLL_SECONDS = 0.1
LAST_LINES = 8


def running(folder: TrialFolder) -> dict[str, Process]:
    """The parts that run, by name."""
    found = {part: Process.read(folder.record(part)) for part in PARTS}
    return {part: process for part, process in found.items() if process is not None and process.is_running()}


def begin(folder: TrialFolder, listen: str, first_port: int) -> tuple[str, int]:
    """Start both parts on the first free port, keep that address in the settings; returns the address and the port."""
    with address.listening(listen, first_port) as held:
        port = int(held.getsockname()[1])
        url = address.public_url(listen, port)
        config.write(folder.env_file, {**folder.settings(), "CIVIC_PUBLIC_URL": url})
        app = folder.app_commands()
        gunicorn = (
            "gunicorn",
            "--config",
            "python:app.gunicorn_settings",
            "--bind",
            f"fd://{held.fileno()}",
            "app.wsgi:app",
        )
        _detach(folder, "web", app, gunicorn, (held.fileno(),))
        _detach(folder, "worker", app, ("app", "worker"), ())
    return url, port


def end(folder: TrialFolder) -> list[str]:
    """Stop what runs of the site, with all its children; the parts that had to be killed."""
    killed = []
    for part in PARTS:
        process = Process.read(folder.record(part))
        if process is not None and not process.stop(STOP_SECONDS):
            killed.append(part)
        folder.record(part).unlink(missing_ok=True)
    return killed


def wait_until_ready(folder: TrialFolder, url: str) -> None:
    """Return when the site answers and is ready.

    Raises: Failure, after stopping everything, when a part ends or the site is not ready in time.
    """
    deadline = time.monotonic() + START_SECONDS
    while True:
        status, said = address.answer(url, "/readyz")
        if status == 200:
            status, said = address.answer(url, "/")
            if 200 <= status < 400:
                return
        dead = [part for part in PARTS if part not in running(folder)]
        if dead or time.monotonic() > deadline:
            why = (
                f"The {dead[0]} part ended." if dead else f"Not ready after {START_SECONDS} s: {said.strip()}"
            )
            end(folder)
            raise Failure(
                f"{why}\n{last_lines(folder, dead[0] if dead else 'web')}".strip(),
                f"Nothing runs; the data in {folder.path} is as it was.",
                folder.words("logs"),
            )
        time.sleep(POLL_SECONDS)


def last_lines(folder: TrialFolder, part: str, lines: int = LAST_LINES) -> str:
    """The end of a part's log."""
    try:
        text = folder.log(part).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _detach(
    folder: TrialFolder, part: str, app: AppCommands, words: tuple[str, ...], keep: tuple[int, ...]
) -> None:
    pid = run.detach(app.words(*words), env=app.env, cwd=folder.path, log=folder.log(part), keep=keep)
    try:
        Process.of(pid).write(folder.record(part))
    except ProcessLookupError:
        folder.record(part).unlink(missing_ok=True)
