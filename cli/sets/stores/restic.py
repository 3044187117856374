"""A restic repository as a store. Debian 12's restic 0.14 ends with 1 for everything, so its words are read."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli import run
from cli.sets.manifest import Manifest
from cli.sets.stores.store import CACHE, Place, SetEntry, StoreFault

TAG = "civic"
LOOK_SECONDS = 45
"""How long a place may take to say whether a repository is there: restic asks a server that is away again and again."""
_SSH = "-oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=30"
_REASONS = {
    "KEY": (("wrong password or no key",), "the password does not open it."),
    "LOCKED": (("already locked", "unable to create lock"), "it is locked."),
    "FULL": (("no space left", "disk quota exceeded", "file too large"), "it is full."),
    "DAMAGED": (
        ("does not match, want", "ciphertext verification", "invalid data", "contains errors", "decrypt"),
        "it is damaged.",
    ),
    "MISSING": (
        (
            "config: no such file",
            "file does not exist",
            "key does not exist",
            "bucket does not exist",
        ),
        "no repository is there.",
    ),
    "UNREACHABLE": (
        (
            "connection refused",
            "timed out",
            "no end after",
            "no route",
            "resolve host",
            "no such host",
            "unreachable",
        )
        + ("sftp session", "access denied", "invalidaccesskey", "signature", "dial tcp"),
        "it does not let us in.",
    ),
}
"""What restic, ssh and S3 servers say, in small letters, by what it means; the first that fits counts."""
_THEN = {
    "KEY": "Set the password of the recovery card: civic config set backup_password",
    "LOCKED": "Wait until the other one is done; if there is none: restic unlock --remove-all, then civic backup",
    "FULL": "Make room there, then: civic backup",
    "DAMAGED": "civic drill, to know which sets still are whole; then make another store.",
    "MISSING": "Mount the disk, or name another place: civic config set backup_stores …",
    "UNREACHABLE": "Mend the way there (address, key of the host, key of root), then: civic backup",
    "OTHER": "civic doctor",
}


@dataclass(frozen=True)
class ResticStore:
    """See Store."""

    place: Place
    cache: Path = CACHE

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return self.place.name

    @property
    def where(self) -> str:
        """Where it is."""
        return self.place.where

    def require(self, size: int) -> None:
        """Make sure of place, password and room; a repository that never was is made.

        A repository is made only where this host has never known one: a disk that is not mounted looks like a new one.
        """
        lack = self.place.keys.missing(self.where)
        if lack:
            raise StoreFault(self.name, "KEY", f"{lack} is not set.", f"civic config set {lack.lower()[6:]}")
        try:
            self._look()
        except StoreFault as fault:
            if fault.code != "MISSING" or self.place.made_at():
                raise
            self._call("init")
        self.place.records.remember_place(self.name, self.where)
        self._require_room(size)

    def push(self, folder: Path, manifest: Manifest) -> None:
        """Bring a set in. Files that did not change since the last one are not read again (a new link is no change)."""
        made_at = manifest.made_at.astimezone(UTC)
        tags = [
            word for tag in (TAG, f"set={manifest.id}", f"bytes={manifest.bytes}") for word in ("--tag", tag)
        ]
        words = [
            *tags,
            "--host",
            manifest.hostname,
            "--time",
            f"{made_at:%Y-%m-%d %H:%M:%S}",
            "--ignore-ctime",
        ]
        self._call("backup", "--quiet", *words, ".", cwd=folder)

    def list_sets(self) -> list[SetEntry]:
        """All sets, the oldest first."""
        entries = [
            SetEntry(
                tags["set"], datetime.fromisoformat(_python_time(one["time"])), int(tags.get("bytes", 0))
            )
            for one in self._snapshots()
            if "set" in (tags := _tags(one))
        ]
        return sorted(entries, key=lambda entry: entry.made_at)

    def fetch(self, set_id: str, into: Path) -> None:
        """Bring a set back."""
        found = [one["id"] for one in self._snapshots() if _tags(one).get("set") == set_id]
        if not found:
            raise self.place.unknown_set(set_id)
        self._call("restore", found[-1], "--target", str(into))

    def delete(self, ids: Sequence[str]) -> None:
        """Take sets away, and what only they held."""
        found = [one["id"] for one in self._snapshots() if _tags(one).get("set") in ids]
        if found:
            self._call("forget", "--quiet", "--prune", *found)

    def check(self, deep: bool) -> None:
        """See whether the repository is whole. Only `deep` sees a flipped byte."""
        self._call("check", *(("--read-data",) if deep else ()))

    def _look(self) -> None:
        self._call("cat", "config", limit_seconds=LOOK_SECONDS)

    def _snapshots(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self._call("snapshots", "--json", "--tag", TAG).out)
        return found

    def _require_room(self, size: int) -> None:
        if not self.where.startswith("/"):
            return
        free = shutil.disk_usage(self.where).free
        least = (
            size // 20 + 32 * 2**20
        )  # what did not change is stored once; a first set may still find it full
        if free < least:
            why = f"it is full: {free // 2**20} MB are free, at least {least // 2**20} MB are wanted."
            raise StoreFault(self.name, "FULL", why, _THEN["FULL"])

    def _call(self, *words: str, cwd: Path | None = None, limit_seconds: float | None = None) -> run.Finished:
        done = self._run(words, cwd, limit_seconds)
        if not done.ok and _reason(done.last_words)[0] == "LOCKED":
            self._run(("unlock",), None, None)  # only what a process left that is no more
            done = self._run(words, cwd, limit_seconds)
        if not done.ok:
            raise self._fault(done)
        return done

    def _run(self, words: Sequence[str], cwd: Path | None, limit_seconds: float | None) -> run.Finished:
        keys = self.place.keys
        env = {
            "RESTIC_REPOSITORY": self.where,
            "RESTIC_PASSWORD": keys.password,
            "RESTIC_CACHE_DIR": str(self.cache / "restic"),
            "AWS_ACCESS_KEY_ID": keys.s3_key_id,
            "AWS_SECRET_ACCESS_KEY": keys.s3_secret,
            "TZ": "UTC",
        }
        command = ["restic", *self._options(), *words]
        return run.capture(command, env=env, cwd=cwd or Path("/"), timeout_seconds=limit_seconds)

    def _options(self) -> list[str]:
        if not self.where.startswith("sftp:"):
            return []
        host = self.where.removeprefix("sftp:").partition(":")[0]
        return ["-o", f"sftp.command=ssh {_SSH} {host} -s sftp"]

    def _fault(self, done: run.Finished) -> StoreFault:
        if done.code == 127:
            return StoreFault(self.name, "OTHER", "restic is not installed.", "apt install restic")
        code, why = _reason(done.last_words)
        if code != "MISSING":
            return StoreFault(self.name, code, f"{why}\n{done.last_words}".strip(), _THEN[code])
        made_at = self.place.made_at()
        if not made_at:
            return StoreFault(self.name, code, f"there is no repository at {self.where} yet.", "civic backup")
        why = f"the repository of {made_at[:10]} is not at {self.where}: is its disk mounted?"
        return StoreFault(self.name, code, why, _THEN[code])


def _reason(words: str) -> tuple[str, str]:
    said = words.lower()
    for code, (phrases, why) in _REASONS.items():
        if any(phrase in said for phrase in phrases):
            return code, why
    return "OTHER", "restic failed."


def _tags(snapshot: dict[str, Any]) -> dict[str, str]:
    return dict(tag.split("=", 1) for tag in snapshot.get("tags") or [] if "=" in tag)


def _python_time(text: str) -> str:
    """Go writes nanoseconds where it has them; Python reads six digits."""
    return re.sub(r"\.(\d{6})\d*", r".\1", text)
