"""Log lines that may leave the host: only words that civic's own code and systemd use stay, everything else becomes a dot.

What a person typed, an address, a name, a secret has no way through, whatever form it has: nothing is searched for and taken out,
only what is known is let pass.
"""

from __future__ import annotations

import builtins
import re
import sys
from functools import cache
from pathlib import Path

import app
import cli

HIDDEN = "·"
_CHUNK = re.compile(r"\S+")
_WORD = re.compile(r"[A-Za-z_]+|[0-9]+|[^A-Za-z_0-9]+")
_IDENTIFIER = re.compile(r"[A-Za-z_]{2,}")
_PLACE = re.compile(r'File "(/[^"]+)", line (\d{1,5}), in (\w+)$')
_LONG_SIGNS = re.compile(r"[0-9a-fA-F]{8,}|[0-9]{4,}")
_DOTTED = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_SIZE = re.compile(r"\d{1,3}\.\d{1,3}[a-zA-Z%]{0,2}")
ENDINGS = ("service", "timer", "socket", "py")
PACKAGES = {
    "app",
    "cli",
    "flask",
    "gunicorn",
    "jinja2",
    "psycopg",
    "sqlalchemy",
    "werkzeug",
    *sys.stdlib_module_names,
}
_NUMBERS = re.compile(r"(?:\d{1,3}[ .:-]){3,}\d{1,3}")
"""A telephone number or an IP address, in its groups."""
SYSTEMD = re.findall(
    r"\S+",
    """
    Started Starting Stopped Stopping Finished Failed Failure Main process exited code status killed dumped Consumed CPU time
    memory peak with result exit-code signal timeout watchdog oom-kill Scheduled restart job counter is at Deactivated
    successfully Control Unit Reloading Reloaded start-limit-hit Start request repeated too quickly service unit TERM KILL ABRT
    SEGV
    """,
)


@cache
def known_words() -> frozenset[str]:
    """Every identifier and word of civic's own sources, of Python's names and of what systemd says."""
    words = set(SYSTEMD) | set(sys.stdlib_module_names) | set(dir(builtins))
    words |= {part for word in SYSTEMD for part in word.split("-")}
    for package in (app, cli):
        for path in Path(str(package.__path__[0])).rglob("*.py"):
            words |= set(_IDENTIFIER.findall(path.read_text(encoding="utf-8")))
    return frozenset(words)


def kept(line: str) -> str:
    """The line without what is not known."""
    place = _PLACE.search(line)
    if place and _is_program(Path(place[1])):
        return f'  File "{_shown(Path(place[1]))}", line {place[2]}, in {place[3] if place[3] in known_words() else HIDDEN}'
    return _NUMBERS.sub(HIDDEN, " ".join(_chunk(chunk) for chunk in _CHUNK.findall(line)))


def _chunk(chunk: str) -> str:
    """A piece between blanks: as a whole hidden where it looks like an address, a key or a number that means somebody."""
    if "@" in chunk or "://" in chunk or _LONG_SIGNS.search(chunk):
        return HIDDEN
    if any(_is_foreign(dotted) for dotted in _DOTTED.findall(chunk)):
        return HIDDEN
    parts = _WORD.findall(chunk)
    wrong = [part for part in parts if (part[0].isalpha() or part[0] == "_") and part not in known_words()]
    return HIDDEN if wrong or not chunk.isascii() else chunk


def _is_foreign(dotted: str) -> bool:
    """Whether words with dots between them may be a host's name: common words make up many a town's."""
    labels = dotted.split(".")
    return not (labels[-1] in ENDINGS or labels[0] in PACKAGES or _SIZE.fullmatch(dotted))


def _is_program(path: Path) -> bool:
    """Whether a traceback's place is code that lies here: its name says nothing of anybody."""
    return (
        path.suffix == ".py" and path.is_file() and ("site-packages" in path.parts or "python" in str(path))
    )


def _shown(path: Path) -> str:
    parts = path.parts
    return "/".join(parts[parts.index("site-packages") + 1 :]) if "site-packages" in parts else path.name
