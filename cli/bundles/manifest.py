"""The signed list of a bundle: what it is, for which machines, until when, and every file in it with size and SHA-256."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from cli.bundles.archive import is_plain
from cli.bundles.refusal import BundleRefused

FORMAT = 1
PRODUCT = "civic"
NAME = "MANIFEST.json"
SIGNATURES = "signatures/"


@dataclass(frozen=True)
class Member:
    """One file of a bundle."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """`counter`: the second in which its content was made, by which a newer bundle is told from an older one."""

    version: str
    release: str
    wheel: str
    counter: int
    expires_on: date
    machines: tuple[str, ...]
    pythons: tuple[str, ...]
    debians: tuple[str, ...]
    members: tuple[Member, ...]
    product: str = PRODUCT
    format: int = FORMAT

    @property
    def made_at(self) -> datetime:
        """When its content was made."""
        return datetime.fromtimestamp(self.counter, UTC)

    @staticmethod
    def day_of(counter: int) -> date:
        """The day of a counter."""
        return datetime.fromtimestamp(counter, UTC).date()

    def named(self, prefix: str) -> list[Member]:
        """The members below a folder."""
        return [member for member in self.members if member.name.startswith(prefix)]

    def text(self) -> str:
        """JSON with a line a member, so that a shell can read it too (deploy/bundle.sh)."""
        facts = {**asdict(self), "expires_on": self.expires_on.isoformat()}
        del facts["members"]
        lines = ",\n".join(f"  {json.dumps(asdict(member))}" for member in self.members)
        return f'{json.dumps(facts, sort_keys=True)[:-1]}, "members": [\n{lines}\n]}}\n'


def parse(text: bytes) -> Manifest:
    """A manifest whose signatures were checked.

    Raises: BundleRefused when it is none of this product and form, or names what has no place in a bundle.
    """
    try:
        facts = json.loads(text)
        _require_ours(facts)
        members = tuple(
            Member(str(one["name"]), str(one["sha256"]), int(one["size"])) for one in facts.pop("members")
        )
        lists = {
            name: tuple(str(word) for word in facts.pop(name)) for name in ("machines", "pythons", "debians")
        }
        found = Manifest(
            **{**facts, **lists, "expires_on": date.fromisoformat(facts["expires_on"]), "members": members}
        )
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise BundleRefused("NOT_A_BUNDLE", f"its list cannot be read ({wrong!r}).") from None
    _require_plain(found)
    return found


def _require_ours(facts: Any) -> None:
    if facts["product"] != PRODUCT:
        raise BundleRefused("FOREIGN", f"it is a bundle of {facts['product']}, not of {PRODUCT}.")
    if facts["format"] != FORMAT:
        raise BundleRefused("FOREIGN", f"it has form {facts['format']}; this civic reads form {FORMAT}.")


def _require_plain(found: Manifest) -> None:
    names = [member.name for member in found.members]
    for name in (*names, found.wheel):
        if not is_plain(name):
            raise BundleRefused("NAME", f"it lists a file named {name!r}.")
    if any(member.size < 0 for member in found.members):
        raise BundleRefused("MEMBERS", "it lists a file without a size.")
    if names != sorted(set(names)):
        raise BundleRefused("MEMBERS", "its list is not in order, or names a file twice.")
    if {found.wheel, "requirements.lock"} - set(names) or "/" in found.release or not is_plain(found.release):
        raise BundleRefused("MEMBERS", "it lists no wheel of civic, or no lock file.")
