"""The channel file: a small signed list that says which bundle is the newest, in a folder or at an HTTPS address.

It has a counter and expires soon, so that nobody can hold a site back by showing it an old one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from app.settings import Settings
from cli import clock
from cli.bundles import archive, from_where, signatures, trust, verify
from cli.bundles.archive import is_plain
from cli.bundles.keys import Keys
from cli.bundles.refusal import BundleRefused
from cli.errors import WrongUse
from cli.lifecycle.journal import write_whole
from cli.site import OPS

NAME = "channels.json"
CHANNELS = ("stable", "candidate", "security")
SEEN = OPS / "channel.json"
LARGEST_FILE = 2**20
LARGEST_BUNDLE = 4 * 2**30


@dataclass(frozen=True)
class Offer:
    """The newest bundle of a channel: its own counter, its file's name in the folder or at the address `where`."""

    version: str
    release: str
    counter: int
    bundle: str
    size: int
    sha256: str
    notes: str
    where: str = ""


@dataclass(frozen=True)
class ChannelFile:
    """What is signed: the newest bundle by channel."""

    counter: int
    expires_on: date
    channels: Mapping[str, Offer]

    def text(self) -> bytes:
        """The bytes that are signed."""
        channels = {
            name: {k: v for k, v in asdict(offer).items() if k != "where"}
            for name, offer in self.channels.items()
        }
        facts = {"counter": self.counter, "expires_on": self.expires_on.isoformat(), "channels": channels}
        return json.dumps(facts, sort_keys=True, indent=1).encode() + b"\n"


def find_newest(checked: Settings, keys: Keys | None = None, seen: Path = SEEN) -> Offer | None:
    """The newest bundle of the site's channel; None when the site has no source of updates, or the channel is empty.

    `keys` None: those that this machine trusts. `seen` remembers the highest counter.

    Raises: BundleRefused: UNREACHABLE, NOT_A_BUNDLE, EXPIRED, OLDER, and what `signatures.check` refuses.
    """
    if not checked.updates:
        return None
    raw = from_where.read(checked.updates, NAME, LARGEST_FILE)
    text, signed = _split(raw)
    signatures.check(text, signed, keys or trust.trusted_keys(None), signatures.CHANNEL)
    found = parse(text)
    highest = _highest(seen)
    if found.expires_on < clock.now().date():
        raise BundleRefused(
            "EXPIRED", f"the channel file of {checked.updates} was good until {found.expires_on}."
        )
    if found.counter < highest:
        raise BundleRefused(
            "OLDER", f"the channel file of {checked.updates} is older than one that was seen before."
        )
    if found.counter > highest:
        write_whole(seen, json.dumps({"counter": found.counter}) + "\n", 0o600)
    offer = found.channels.get(checked.update_channel)
    return None if offer is None else Offer(**{**asdict(offer), "where": checked.updates})


def fetch(offer: Offer, folder: Path) -> Path:
    """The offered bundle's file in `folder`: of the size and hash that the channel file says. `verify` looks at it afterwards.

    Raises: BundleRefused.
    """
    beside, file = folder / f".{offer.bundle}.part", folder / offer.bundle
    try:
        with beside.open("wb") as out:
            sum_of = archive.digest(from_where.copied(offer.where, offer.bundle, offer.size, out))
        if sum_of != offer.sha256:
            raise BundleRefused("DAMAGED", f"{offer.bundle} is not the file that the channel names.")
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    return file


def publish(folder: Path, channel: str, bundle: Path | None, keys: Sequence[Path], days: int) -> ChannelFile:
    """Write the channel file of `folder` anew: with `bundle`, which lies there, as the newest of `channel`; else only for longer.

    Raises: WrongUse, BundleRefused.
    """
    file = folder / NAME
    before = parse(_split(file.read_bytes())[0]) if file.is_file() else ChannelFile(0, date.min, {})
    channels = dict(before.channels)
    if bundle is not None:
        channels[channel] = _offer_of(folder, bundle, channels.get(channel))
    counter = max(before.counter + 1, int(clock.now().timestamp()))
    made = ChannelFile(counter, clock.now().date() + timedelta(days=days), channels)
    signed = [signatures.sign(made.text(), key, signatures.CHANNEL).decode() for key in keys]
    whole = {"signed": json.loads(made.text()), "signatures": signed}
    write_whole(file, json.dumps(whole, indent=1, sort_keys=True) + "\n")
    return made


def parse(text: bytes) -> ChannelFile:
    """A channel file whose signatures were checked.

    Raises: BundleRefused.
    """
    try:
        facts = json.loads(text)
        channels = {str(name): Offer(**offer) for name, offer in facts["channels"].items()}
        found = ChannelFile(int(facts["counter"]), date.fromisoformat(facts["expires_on"]), channels)
        right = all(_is_right(offer) for offer in channels.values())
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise BundleRefused("NOT_A_BUNDLE", f"the channel file cannot be read ({wrong!r}).") from None
    if not right:
        raise BundleRefused("NAME", "the channel file names a bundle that cannot be.")
    return found


def _is_right(offer: Offer) -> bool:
    named = is_plain(offer.bundle) and re.fullmatch(r"[A-Za-z0-9][\w.+-]*", offer.bundle)
    return bool(named and 0 < offer.size <= LARGEST_BUNDLE and re.fullmatch(r"[0-9a-f]{64}", offer.sha256))


def _offer_of(folder: Path, bundle: Path, before: Offer | None) -> Offer:
    found = verify.verify(bundle, None)
    if bundle.resolve().parent != folder.resolve():
        raise WrongUse(
            f"{bundle} does not lie in {folder}.", f"cp {bundle} {folder}/, then run the same command again."
        )
    if before is not None and found.manifest.counter < before.counter:
        raise BundleRefused("OLDER", f"the channel has {before.release} already, which is newer.")
    with bundle.open("rb") as stream:
        sum_of = archive.digest(archive.content(stream, bundle.stat().st_size))
    notes = found.texts.get("NOTES.md", b"").decode("utf-8", "replace")
    return Offer(
        found.manifest.version,
        found.manifest.release,
        found.manifest.counter,
        bundle.name,
        bundle.stat().st_size,
        sum_of,
        notes,
    )


def _split(raw: bytes) -> tuple[bytes, dict[str, bytes]]:
    try:
        whole: dict[str, Any] = json.loads(raw)
        text = json.dumps(whole["signed"], sort_keys=True, indent=1).encode() + b"\n"
        return text, {
            f"signature {n}": str(one).encode("ascii") for n, one in enumerate(whole["signatures"], 1)
        }
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise BundleRefused("NOT_A_BUNDLE", f"the channel file cannot be read ({wrong!r}).") from None


def _highest(seen: Path) -> int:
    return int(json.loads(seen.read_text(encoding="utf-8"))["counter"]) if seen.is_file() else 0
