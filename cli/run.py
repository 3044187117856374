"""The one door to processes, and to the environment that this one was started in."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE as PIPE
from typing import IO

from cli.errors import Failure


@dataclass(frozen=True)
class Finished:
    """A process that ended: its exit code (negative: the signal that ended it), its output and how long it took."""

    command: tuple[str, ...]
    code: int
    out: str
    err: str
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether it ended with 0."""
        return self.code == 0

    @property
    def last_words(self) -> str:
        """The last lines that it said, for a person who must know why it failed."""
        return "\n".join((self.err.strip() or self.out.strip()).splitlines()[-6:])


def environment(name: str, default: str = "") -> str:
    """A variable of this process's environment."""
    return os.environ.get(name, default)


def called_as() -> str:
    """How a person types this command here: `civic`, or the way to the launcher in a clone."""
    return os.environ.get("CIVIC_COMMAND", "civic")


def is_root() -> bool:
    """Whether this process may do everything on this machine."""
    return os.geteuid() == 0


def clean_environment() -> dict[str, str]:
    """This environment without the settings of a site: what a child process gets before its own are added."""
    return {name: text for name, text in os.environ.items() if not name.startswith("CIVIC_")}


def capture(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | Path | None = None,
    timeout_seconds: float | None = None,
) -> Finished:
    """Run `command` to its end and return what it said; `env` is added to a clean environment, `stdin` is text or a file.

    A command that does not exist ends with 127, one that took too long with 124, as in a shell.
    """
    words = tuple(str(word) for word in command)
    begun = time.monotonic()
    try:
        with open(stdin if isinstance(stdin, Path) else os.devnull, "rb") as source:
            done = subprocess.run(
                words,
                env={**clean_environment(), **(env or {})},
                cwd=cwd,
                **({"input": stdin} if isinstance(stdin, str) else {"stdin": source}),
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=timeout_seconds,
                check=False,
            )
    except FileNotFoundError as missing:
        return Finished(words, 127, "", f"{missing.filename}: not found", time.monotonic() - begun)
    except subprocess.TimeoutExpired as late:
        said = late.stderr.decode("utf-8", "replace") if isinstance(late.stderr, bytes) else late.stderr or ""
        end = f"{said.rstrip()}\nno end after {timeout_seconds:g} s".lstrip()
        return Finished(words, 124, "", end, time.monotonic() - begun)
    return Finished(words, done.returncode, done.stdout, done.stderr, time.monotonic() - begun)


def require(
    command: Sequence[str | Path],
    *,
    failed: str,
    standing: str,
    then: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Finished:
    """Like `capture`, but a command that fails ends the verb.

    Raises: Failure with `failed` and the command's last words, `standing` and `then`.
    """
    done = capture(command, env=env, cwd=cwd)
    if not done.ok:
        raise Failure(f"{failed}\n{done.last_words}".strip(), standing, then)
    return done


def follow(
    command: Sequence[str | Path],
    on_line: Callable[[str], None],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> int:
    """Run `command` and hand each line of its output (both streams) to `on_line` as it comes; return the exit code."""
    words = [str(word) for word in command]
    with subprocess.Popen(
        words,
        env={**clean_environment(), **(env or {})},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                on_line(line.rstrip("\n"))
        except BaseException:
            process.send_signal(signal.SIGINT)
            raise
    return process.returncode


@contextmanager
def beside(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
) -> Iterator[Beside]:
    """Run `command` while this process goes on; give it PIPE to write to it or to read from it, or an open file.

    At the end its input is closed and it is waited for; it is stopped when the block ends with an error.
    """
    words = [str(word) for word in command]
    with tempfile.TemporaryFile() as err:
        try:
            process = subprocess.Popen(
                words,
                env={**clean_environment(), **(env or {})},
                cwd=cwd,
                stdin=stdin,
                stdout=stdout,
                stderr=err,
            )
        except FileNotFoundError as missing:
            raise OSError(f"{missing.filename}: not found") from None
        with process:
            try:
                yield Beside(process, err)
            except BaseException:
                process.terminate()
                raise


@dataclass(frozen=True)
class Beside:
    """A process that runs beside this one."""

    process: subprocess.Popen[bytes]
    _err: IO[bytes]

    @property
    def input(self) -> IO[bytes]:
        """Where to write to it."""
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def output(self) -> IO[bytes]:
        """Where to read from it."""
        assert self.process.stdout is not None
        return self.process.stdout

    def end(self) -> Finished:
        """Close its input, wait for its end and say how it ended; `out` stays empty."""
        begun = time.monotonic()
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        code = self.process.wait()
        self._err.seek(0)
        said = self._err.read().decode("utf-8", "replace")
        return Finished(tuple(map(str, self.process.args)), code, "", said, time.monotonic() - begun)  # type: ignore[arg-type]


def attach(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> int:
    """Run `command` on this terminal (a pager, `tail -f`, ssh) and return its exit code."""
    words = [str(word) for word in command]
    return subprocess.run(words, env={**clean_environment(), **(env or {})}, check=False).returncode


def detach(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path,
    keep: Sequence[int] = (),
) -> int:
    """Start `command` so that it outlives this process and its terminal, with its output added to `log`; return its id.

    `keep`: open files that it takes over under the same numbers.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            env={**clean_environment(), **env},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=keep,
        )
    process.returncode = (
        0  # it is not this process's child to wait for; else Python warns of an abandoned one
    )
    return process.pid
