"""The one door for output: plan first, a line a step with its time, what was made, the next commands.

With --json all words for people go to the error stream and one object to the output; --quiet keeps only errors and the object.
"""

from __future__ import annotations

import getpass
import json
import pkgutil
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from cli import clock, commands, run
from cli.errors import Failure, WrongUse
from cli.progress import REDRAW_SECONDS, SIGN_OF_LIFE_SECONDS, Step, Ticker

_VERBS = "|".join(module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))
_COMMAND = re.compile(rf"(?<![\w/.-])civic (?:{_VERBS})\b")
_PAINT = re.compile(r"\x1b\[\d+m")
_COMMANDING = re.compile(
    r"(?!\x1b\[(?:[0-2]|3[1-3])m)[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)
"""Signs that a terminal obeys or that turn a line around, but for our own colours: a name in somebody's file may hold any."""
_COLOURS = {"good": "32", "bad": "31", "warning": "33", "strong": "1", "faint": "2"}


def as_typed(text: str) -> str:
    """`text` with each `civic VERB` as a person types it here: `./deploy/civic VERB` in a clone."""
    return _COMMAND.sub(lambda found: run.called_as() + found.group()[len("civic") :], text)


def _shown(text: str) -> str:
    return _COMMANDING.sub("\ufffd", text)


class Exactly(dict[str, Any]):
    """Facts whose form is promised to others (`civic count --json`): --json prints them and nothing beside."""


class Console:
    """Where a verb speaks and asks. Streams are given, so that tests can read them."""

    def __init__(
        self,
        *,
        as_json: bool = False,
        quiet: bool = False,
        yes: bool = False,
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.yes = yes
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._people = self._err if as_json else self._out
        self._log: TextIO | None = None
        self._unlogged: list[str] = []
        self._step = 0
        self._total = 0
        self.log_path: Path | None = None

    # --- what a verb says ---

    def say(self, text: str = "") -> None:
        """One or more lines for people; commands in it as they are typed here."""
        text = as_typed(text)
        self.note(text)
        if not self.quiet:
            print(self._fit(text), file=self._people, flush=True)

    def hand_over(self, text: str) -> None:
        """A secret for whoever sits here, such as a link that signs in once; the log file does not get it."""
        self.note("(a secret, shown on the screen only)")
        if not self.quiet:
            print(self._fit(text), file=self._people, flush=True)

    def warn(self, text: str) -> None:
        """Something that a person should look at; the verb goes on."""
        self.note(f"warning: {text}")
        print(self._paint("warning", self._fit(f"Warning: {text}")), file=self._err, flush=True)

    def heading(self, text: str) -> None:
        """The title of a block."""
        self.say(self._paint("strong", text))

    def plan(self, title: str, lines: Sequence[str]) -> None:
        """What the verb is about to do, before it does it."""
        self.heading(title)
        for line in lines:
            self.say(f"  - {line}")
        self.say()

    def table(self, rows: Sequence[tuple[str, str]]) -> None:
        """Names and values, aligned."""
        width = max((len(name) for name, _ in rows), default=0)
        for name, value in rows:
            first, *more = value.splitlines() or [""]
            self.say(f"  {name.ljust(width)}  {first}".rstrip())
            for line in more:
                self.say(f"  {' ' * width}  {line}")

    def next_commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """The commands that a person may want now, each with what it does."""
        self.say()
        self.heading("Next")
        self.table([(as_typed(command), does) for command, does in commands])

    def result(self, facts: Mapping[str, Any]) -> None:
        """The one object of --json."""
        if self.as_json:
            said = facts if isinstance(facts, Exactly) else {"ok": True, **facts}
            print(json.dumps(said, ensure_ascii=False, default=str), file=self._out, flush=True)

    def failure(self, error: Failure) -> None:
        """The three things that an error says."""
        then = as_typed(error.then)
        self.note(f"failed: {error.failed}\nstanding: {error.standing}\nnext: {then}")
        if self.as_json:
            said = {"ok": False, "failed": error.failed, "standing": error.standing, "next": then}
            print(
                json.dumps({**said, "exit": error.exit_code}, ensure_ascii=False), file=self._out, flush=True
            )
            return
        rows = [
            ("Failed", "bad", error.failed),
            ("Now", "strong", error.standing),
            ("Next", "strong", then),
        ]
        for name, colour, text in rows:
            for number, line in enumerate(text.splitlines()):
                label = self._paint(colour, f"{name}:".ljust(8)) if number == 0 else " " * 8
                print(label + self._fit(line), file=self._err, flush=True)

    # --- steps ---

    def expect_steps(self, total: int) -> None:
        """Say how many steps are coming, so that the bar knows its length."""
        self._step, self._total = 0, total

    @contextmanager
    def step(self, name: str, about_seconds: float = 0.0) -> Iterator[None]:
        """One step: shown while it runs, then one line with its time; a step that raises is shown as failed."""
        self._step += 1
        step = Step(self._step, self._total, name, about_seconds)
        lively = self._is_lively()
        self.note(f"begin: {step.place}{name}")
        draw, every = (self._draw, REDRAW_SECONDS) if lively else (self._sign_of_life, SIGN_OF_LIFE_SECONDS)
        if lively:
            self._draw(step, 0.0)
        with Ticker(lambda elapsed: draw(step, elapsed), every) as ticker:
            try:
                yield
                mark, colour = self._sign("✓", "ok"), "good"
            except BaseException:
                mark, colour = self._sign("✗", "failed"), "bad"
                raise
            finally:
                if lively:
                    print("\r\x1b[K", end="", file=self._people, flush=True)
                self._end(step, ticker.elapsed_seconds, self._paint(colour, mark))

    def _end(self, step: Step, elapsed_seconds: float, mark: str) -> None:
        self.say(f"{mark} {step.place}{step.name}  {self._paint('faint', f'{elapsed_seconds:.1f} s')}")

    def _draw(self, step: Step, elapsed_seconds: float) -> None:
        bar = step.bar(elapsed_seconds, self._sign("█", "#"), self._sign("░", "."))
        line = f"{bar}{step.place}{step.name}  {step.times(elapsed_seconds)}"
        print(
            "\r\x1b[K" + self._fit(line)[: shutil.get_terminal_size().columns - 1],
            end="",
            file=self._people,
            flush=True,
        )

    def _sign_of_life(self, step: Step, elapsed_seconds: float) -> None:
        self.say(f"... {step.place}{step.name}  {step.times(elapsed_seconds)}")

    # --- questions ---

    def can_ask(self) -> bool:
        """Whether somebody is there to answer."""
        return not self.as_json and sys.stdin.isatty()

    def ask(self, prompt: str, *, hidden: bool = False) -> str:
        """One line typed by a person; `hidden` for secrets.

        Raises: WrongUse when nobody is there.
        """
        if not self.can_ask():
            raise WrongUse(
                f"An answer is needed, and there is no terminal to ask on: {prompt}",
                "Give it in --config FILE.",
            )
        return getpass.getpass(prompt) if hidden else input(prompt)

    def agree(self, question: str, *, unless_asked: str = "Say --yes to agree beforehand.") -> None:
        """Go on only if a person agrees; --yes agrees beforehand.

        Raises: WrongUse when the answer is no, or nobody is there to give it.
        """
        if self.yes:
            return
        if not self.can_ask():
            raise WrongUse(f"This needs an agreement: {question}", unless_asked)
        if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes", "o", "oui", "s", "sí"):
            raise WrongUse("You did not agree.", "Run the command again when you are ready.")

    # --- the log file ---

    def note(self, text: str) -> None:
        """A line for the log file only."""
        line = f"{clock.now().isoformat(timespec='milliseconds')} {_shown(_PAINT.sub('', text))}"
        if self._log is None:
            self._unlogged.append(line)
        else:
            print(line, file=self._log, flush=True)

    def log_in(self, folder: Path, verb: str) -> Path:
        """Keep everything said from here on, and before, in a new file of `folder`; it is named at the end."""
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        self.log_path = folder / f"{verb}-{clock.stamp()}.log"
        self.log_path.touch(0o600)
        self._log = self.log_path.open("a", encoding="utf-8")
        for line in self._unlogged:
            print(line, file=self._log, flush=True)
        return self.log_path

    def close(self) -> None:
        """Name the log file, if there is one, and close it."""
        if self._log is not None:
            log, self._log = self._log, None
            log.close()
            self.say(self._paint("faint", f"Log: {self.log_path}"))

    # --- how it looks ---

    def _is_lively(self) -> bool:
        return not self.quiet and self._people.isatty() and run.environment("TERM") not in ("", "dumb")

    def _paint(self, colour: str, text: str) -> str:
        if run.environment("NO_COLOR") or not self._is_lively() or not text:
            return text
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"

    def can_show(self, text: str) -> bool:
        """Whether the terminal has all signs of `text`."""
        return self._fit(text) == text

    def _sign(self, sign: str, plain: str) -> str:
        return sign if self.can_show(sign) else plain

    def _fit(self, text: str) -> str:
        encoding = self._people.encoding or "ascii"
        return _shown(text).encode(encoding, "replace").decode(encoding)
