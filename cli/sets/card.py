"""The recovery card: one page on paper with all that is needed to make the site again when its host is gone."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from app.backup_stores import BY_HAND, DAYS, HOURLY, WEEKLY, StoreWords
from app.settings import Settings
from app.version import __version__
from cli import clock
from cli.sets.key_file import BALLOT_KEY

WIDTH = 78


def text(checked: Settings, release: str) -> str:
    """The page. Its lines NAME=TEXT are what `civic restore --key-file` reads, so the typed-in or stored card is a key file."""
    return "\n".join(line.rstrip() for line in _lines(checked, release)) + "\n"


def _lines(checked: Settings, release: str) -> Iterator[str]:
    yield f"RECOVERY CARD   {checked.site_name}   {checked.base_url}"
    yield "=" * WIDTH
    yield from _say(
        f"Release {release}, {clock.now():%Y-%m-%d}. Who has this page can read all that the site knows: keep it in a safe, "
        "in two places, and no file of it anywhere.",
        indent="",
    )
    yield from _title("WHERE THE SETS ARE")
    for words in checked.stores:
        yield f"  {words.name:10} {words.where}"
        yield f"  {'':10} {_when(words)}"
    if all(words.where.startswith("/") for words in checked.stores):
        yield from _say(
            "ALL OF THEM ARE ON THE HOST ITSELF. Name another place (civic config set backup_stores) and print again."
        )
    yield from _title("KEYS")
    yield f"  CIVIC_BACKUP_PASSWORD={checked.backup_password}"
    if checked.ballot_key:
        yield f"  {BALLOT_KEY}={','.join(checked.ballot_key)}"
    if checked.backup_s3_key_id:
        yield f"  CIVIC_BACKUP_S3_KEY_ID={checked.backup_s3_key_id}"
        yield f"  CIVIC_BACKUP_S3_SECRET={checked.backup_s3_secret}"
    yield from _keys_elsewhere(checked)
    yield from _title("THE SITE AGAIN, ON A BARE MACHINE (Debian 12 or 13, root)")
    yield from _commands(checked)
    yield from _title("WHEN SOMETHING IS OTHERWISE")
    yield from _say(
        "Each command says what failed, how things stand and what to do next. docs/operating.md of civic, chapter Restore."
    )


def _keys_elsewhere(checked: Settings) -> Iterator[str]:
    kinds = {words.where.partition(":")[0] for words in checked.stores}
    if "age" in kinds:
        yield from _say(
            "Files of age are read with the secret key (AGE-SECRET-KEY-1…) that belongs to one of the public keys below. "
            "This host does not have it. Keep it with this card:"
        )
        for recipient in checked.backup_age_recipients:
            yield f"    {recipient}"
    if "sftp" in kinds:
        yield from _say(
            "SFTP: root of the new machine needs an SSH key that the store's machine lets in, and that machine's host key in "
            "/root/.ssh/known_hosts (ssh USER@HOST once, compare the fingerprint)."
        )


def _commands(checked: Settings) -> Iterator[str]:
    yield f"  1. Put civic {__version__} or newer on it (a clone, or a bundle unpacked) and stand in its folder."
    yield "  2. Write the KEYS above, as they stand, into the file key.txt (chmod 600)."
    if any(words.where.startswith("age:") for words in checked.stores):
        yield "     For files of age: the line AGE-SECRET-KEY-1… too."
    yield "  3. Take the newest set of one of the stores:"
    for words in checked.stores:
        yield f"       ./deploy/civic restore latest --from {words.where} --key-file key.txt"
    yield "  4. See that all is well, then take the file away:"
    yield "       civic doctor && rm key.txt"
    yield f"  5. Let {checked.hostname} point to the new machine, if its address is another."


def _when(words: StoreWords) -> str:
    schedule, keep = words.schedule, words.keep
    at = f"{schedule.hour:02}:{schedule.minute:02}"
    every = {BY_HAND: "by hand", HOURLY: "every hour", WEEKLY: f"every {DAYS[schedule.weekday]} at {at}"}
    kept = f"{keep.days} days, {keep.weeks} weeks, {keep.months} months, {keep.half_years} half-years, {keep.years} years"
    return f"{every.get(schedule.every, f'every day at {at}')}; keeps {kept}"


def _title(words: str) -> Iterator[str]:
    yield ""
    yield words


def _say(words: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(words, WIDTH, initial_indent=indent, subsequent_indent=indent)
