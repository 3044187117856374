"""Hands one message to the council's provider, or writes it to a file: says what the answer means, and never raises for one."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from app.core import clock, https
from app.core.https import NoAnswer
from app.settings import Settings
from app.sms.rules import Answer, judge

FILE = "file"
"""What the address is called where messages go to a file."""
KEPT = timedelta(days=7)
"""So long are such files looked at: they hold numbers, and no erasure reaches them."""


@dataclass(frozen=True)
class Message:
    """One message; a second one with the same key is the same."""

    to: str
    text: str
    key: str


class Adapter(Protocol):
    """A way to send."""

    def send(self, message: Message) -> tuple[Answer, str]:
        """What the answer means, and its words for officers, without a number in them."""


@dataclass(frozen=True)
class Provider:
    """A provider that takes JSON over HTTPS."""

    settings: Settings

    def send(self, message: Message) -> tuple[Answer, str]:
        """Ask it to send the message."""
        site = self.settings
        names = dict(pair.split("=", 1) for pair in site.sms_fields)
        said = {"to": message.to, "text": message.text, "key": message.key}
        if site.sms_sender:
            said["from"] = site.sms_sender
        body = json.dumps({names.get(name, name): value for name, value in said.items()}).encode()
        heads = {"Idempotency-Key": message.key}
        if site.sms_token:
            heads["Authorization"] = f"Bearer {site.sms_token}"
        try:
            status, _ = https.post(site.sms_url, body, heads, float(site.sms_seconds), site.sms_ca)
        except NoAnswer as silent:
            return Answer.AWAY, str(silent)
        return judge(status), str(status)


@dataclass(frozen=True)
class ToFile:
    """A line for each message in the day's file of the site: for trials, and to look before one pays."""

    folder: Path

    def send(self, message: Message) -> tuple[Answer, str]:
        """Write it down."""
        line = json.dumps({"to": message.to, "text": message.text, "key": message.key}) + "\n"
        path = self.folder / f"{clock.today()}.jsonl"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(file, line.encode())
            finally:
                os.close(file)
        except OSError as wrong:
            return Answer.AWAY, type(wrong).__name__
        return Answer.SENT, FILE


def adapter_of(settings: Settings) -> Adapter | None:
    """The way that the settings say; None where no SMS is sent."""
    if not settings.sms_url:
        return None
    return ToFile(_folder(settings)) if settings.sms_url == FILE else Provider(settings)


def delete_old_files(settings: Settings) -> None:
    """Delete what was written to files a week ago, whatever the settings say by now."""
    for file in _folder(settings).glob("*.jsonl"):
        with suppress(ValueError):  # not of ours
            if date.fromisoformat(file.stem) < clock.today() - KEPT:
                file.unlink(missing_ok=True)


def _folder(settings: Settings) -> Path:
    return Path(settings.uploads_dir) / "sms"
