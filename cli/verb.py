"""What all verbs share: --json, --yes, --quiet, one way to end, and the exit codes.

    @verb
    @click.option("--trial", is_flag=True)
    def command(console: Console, trial: bool) -> dict[str, Any] | None: ...

The function gets a Console first and returns the facts that --json prints; `"ok": False` among them ends with 1.
It raises `cli.errors.Failure` to fail.
"""

from __future__ import annotations

import functools
import signal
import traceback
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, NoReturn

import click

from cli.console import Console
from cli.errors import Failure, Interrupted

_STOPPED = Interrupted(
    "You stopped it.",
    "What was done so far stays; nothing else was begun.",
    "Run the same command again: it goes on.",
)


def verb(function: Callable[..., Mapping[str, Any] | None]) -> click.Command:
    """Make a verb of a function: its help is the docstring, its name the function's, or the module's for `command`."""

    @functools.wraps(function)
    def run_verb(as_json: bool, yes: bool, quiet: bool, **given: Any) -> NoReturn:
        console = Console(as_json=as_json, yes=yes, quiet=quiet)
        raise SystemExit(_end(console, lambda: function(console, **given)))

    for option in (
        click.option("--json", "as_json", is_flag=True, help="One JSON object on the output."),
        click.option("--yes", "-y", is_flag=True, help="Agree to every question beforehand."),
        click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors."),
    ):
        run_verb = option(run_verb)
    name = function.__module__.rpartition(".")[2] if function.__name__ == "command" else function.__name__
    return click.command(name.replace("_", "-"), context_settings={"help_option_names": ["-h", "--help"]})(
        run_verb
    )


def _end(console: Console, work: Callable[[], Mapping[str, Any] | None]) -> int:
    signal.signal(signal.SIGTERM, _as_interrupt)
    signal.signal(signal.SIGHUP, _as_interrupt)
    try:
        facts = work() or {}
        console.result(facts)
        return 0 if facts.get("ok", True) else 1
    except Failure as error:
        console.failure(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort, EOFError):
        console.failure(_STOPPED)
        return _STOPPED.exit_code
    except Exception as error:
        console.note(traceback.format_exc())
        console.failure(_mistake(error, console))
        return 1
    finally:
        console.close()


def _mistake(error: Exception, console: Console) -> Failure:
    if console.log_path is None:
        console.warn(traceback.format_exc())
    return Failure(
        f"A mistake in civic itself: {type(error).__name__}: {error}",
        "Unknown; civic status shows it.",
        "Run civic doctor, and report this with the log.",
    )


def _as_interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
