"""What mail servers report of a letter: that it came back or waits (RFC 3464), that its reader complained (RFC 5965).

Anyone can send such a report, and broken programs do. So it is read line by line as bytes, in one pass without nesting; what does
not look like a report is none; and whom it is about it cannot say itself: only a return path that the site has sealed tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 1024 * 1024
"""More is not read: a report begins with what matters and ends with the letter itself."""
_MOST_PARTS, _MOST_FIELDS = 20, 200
_LONGEST_LINE, _LONGEST_VALUE = 2_000, 600
_FIELD = re.compile(rb"([!-9;-~]{1,76}):[ \t]*(.*)")
_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]{1,100})"|([^\s;"]{1,100}))', re.IGNORECASE)
_ACTIONS = {"failed": "bounced", "delayed": "delayed", "delivered": "delivered"}
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_UNTOLD = re.compile(r".\.[012]\.0$")
_RETURN_FIELDS = ("original-mail-from", "return-path")
_ENVELOPE_FIELDS = ("x-original-to", "delivered-to", "to", "return-path")
_COMPLAINTS = ("abuse", "fraud", "other", "virus", "opt-out")

Fields = dict[str, str]


@dataclass(frozen=True)
class Report:
    """`kind` is bounced, delayed, delivered, complained, or "" for what is no report.

    `answer` is a mail server's word as `verdicts.judge` takes it; `return_paths` are addresses that may be a letter's.
    """

    kind: str
    answer: str
    return_paths: tuple[str, ...]


def read(content: bytes) -> Report:
    """The report that a message is. Never fails."""
    lines = content[:MOST_BYTES].splitlines()
    head, body = _head(lines)
    paths = [head[name] for name in _ENVELOPE_FIELDS if name in head]
    found = _BOUNDARY.search(head.get("content-type", ""))
    if found is None or not head["content-type"].lower().startswith("multipart/report"):
        return Report("", "", tuple(paths))
    kind = answer = ""
    for part in _parts(body, (found[1] or found[2]).encode()):
        about, inner = _head(part)
        sort = about.get("content-type", "").partition(";")[0].strip().lower()
        if sort in ("message/delivery-status", "message/global-delivery-status") and not kind:
            kind, answer = _delivery(list(_blocks(inner)))
        elif sort == "message/feedback-report" and not kind:
            said, _ = _head(inner)
            kind, answer = _complaint(said)
            paths += [said[name] for name in _RETURN_FIELDS if name in said]
        elif sort in ("message/rfc822", "text/rfc822-headers"):
            original, _ = _head(inner)
            paths += [original[name] for name in _RETURN_FIELDS if name in original]
    return Report(kind, answer, tuple(paths))


def _delivery(blocks: list[Fields]) -> tuple[str, str]:
    """Of the recipients that a report names, the first that failed; else the first that it says anything of."""
    told = [(kind, one) for one in blocks if (kind := _ACTIONS.get(_word(one, "action")))]
    told.sort(key=lambda one: one[0] != "bounced")
    return (told[0][0], _answer(told[0][1])) if told else ("", "")


def _answer(recipient: Fields) -> str:
    status = _STATUS.match(_word(recipient, "status"))
    said = recipient.get("diagnostic-code", "").partition(";")[2].strip()
    if status is None or (said and _UNTOLD.match(status[0])):
        return said
    return f"{status[0]} {said}".strip()


def _complaint(said: Fields) -> tuple[str, str]:
    sort = _word(said, "feedback-type")
    return ("complained", sort) if sort in _COMPLAINTS else ("", "")


def _word(fields: Fields, name: str) -> str:
    return (fields.get(name, "").split() or [""])[0].lower()


def _parts(lines: list[bytes], boundary: bytes) -> Iterator[list[bytes]]:
    """What stands between borders, up to the last border or as many parts as a report may have."""
    border, begun, parts = b"--" + boundary, -1, 0
    for place, line in enumerate(lines):
        if not line.startswith(border):
            continue
        if begun >= 0:
            yield lines[begun:place]
            parts += 1
        if line.rstrip() == border + b"--" or parts == _MOST_PARTS:
            return
        begun = place + 1
    if begun >= 0:
        yield lines[begun:]


def _blocks(lines: list[bytes]) -> Iterator[Fields]:
    """Groups of fields between empty lines."""
    block: list[bytes] = []
    groups = 0
    for line in [*lines, b""]:
        if line.strip():
            block.append(line)
        elif block and groups < _MOST_FIELDS:
            yield _head(block)[0]
            block, groups = [], groups + 1


def _head(lines: list[bytes]) -> tuple[Fields, list[bytes]]:
    """The fields up to the first empty line, and the lines after it. Of a field that comes twice the first counts."""
    fields: Fields = {}
    name, end = "", next((place for place, line in enumerate(lines) if not line.strip()), len(lines))
    for line in lines[:end]:
        found = _FIELD.match(line[:_LONGEST_LINE])
        if line[:1] in (b" ", b"\t"):
            if name and len(fields[name]) < _LONGEST_VALUE:
                fields[name] = (fields[name] + " " + _plain(line.strip()))[:_LONGEST_VALUE]
        elif found and len(fields) < _MOST_FIELDS:
            given = found[1].decode("ascii").lower()
            name = "" if given in fields else given
            if name:
                fields[name] = _plain(found[2].strip())
        else:
            name = ""
    return fields, lines[end + 1 :]


def _plain(value: bytes) -> str:
    """A field's value as text: ASCII or UTF-8 (RFC 6533), other signs shown as such, none that control."""
    text = value[:_LONGEST_VALUE].decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else " " for sign in text)
