"""`civic bundle`: one signed file that carries a release."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.bundles import build as building
from cli.bundles import channel as channels
from cli.bundles import verify as looking
from cli.bundles.trust import trusted_keys
from cli.bundles.wheels import PYTHONS
from cli.console import Console
from cli.verb import verb

_PATH = click.Path(path_type=Path)
_KEYS = click.option(
    "--keys",
    metavar="FOLDER",
    type=_PATH,
    help="The keys to trust; else those pinned here, else the clone's.",
)


@click.group("bundle", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Bundles: one signed file that carries a release, for hosts with or without a network.

    \b
    Examples:
      civic bundle verify civic-1.2.0.bundle
      civic install --bundle civic-1.2.0.bundle --config participe.env
    """


@command.add_command
@verb
@click.option("--out", type=_PATH, help="The file to make; civic-VERSION.bundle here unless told.")
@click.option(
    "--key", "signing", type=_PATH, multiple=True, help="A private SSH key to sign with; may be given again."
)
@click.option(
    "--wheels-for", "pythons", default=",".join(PYTHONS), show_default=True, help="Pythons, comma-separated."
)
@click.option(
    "--machines",
    default=platform.machine(),
    help="x86_64, aarch64, comma-separated; this machine's unless told.",
)
@click.option(
    "--debs", "debians", default="", help="Releases of Debian whose packages to bring: bookworm,trixie."
)
@click.option(
    "--keys", metavar="FOLDER", type=_PATH, help="The public keys to bring; deploy/keys unless told."
)
@click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long it may be used."
)
@click.option(
    "--counter",
    type=click.IntRange(0),
    help="Newer bundles have a higher one; the last commit's second unless told.",
)
def build(console: Console, **wish: Any) -> Mapping[str, Any]:
    """Build a bundle of this clone. The same commit and packages make the same bytes.

    \b
    Examples:
      civic bundle build --debs bookworm,trixie --key ~/.ssh/id_ed25519
      civic bundle build --wheels-for 3.13 --out /tmp/civic.bundle
    """
    lists = {name: tuple(filter(None, wish[name].split(","))) for name in ("pythons", "machines", "debians")}
    made = building.build(console, building.Wish(**{**wish, **lists}))
    front = looking.front(made)
    console.next_commands(
        [
            (f"civic bundle sign {made} --key KEY", "sign it once more"),
            (f"civic bundle verify {made}", "look at it"),
        ]
    )
    return {"file": str(made), "size": made.stat().st_size, "signatures": len(front[1])}


@command.add_command
@verb
@click.argument("file", type=_PATH)
@click.option(
    "--key",
    type=_PATH,
    required=True,
    help="A private SSH key, or the public half of one that the agent holds.",
)
def sign(console: Console, file: Path, key: Path) -> Mapping[str, Any]:
    """Add a signature to a bundle.

    \b
    Example:
      civic bundle sign civic-1.2.0.bundle --key ~/.ssh/id_ed25519
    """
    building.add_signature(file, key)
    signed = len(looking.front(file)[1])
    console.say(f"{file} now has {signed} {'signature' if signed == 1 else 'signatures'}.")
    return {"file": str(file), "signatures": signed}


@command.add_command
@verb
@click.argument("file", type=_PATH)
@_KEYS
def verify(console: Console, file: Path, keys: Path | None) -> Mapping[str, Any]:
    """Say who signed a bundle and what is in it; refuse what is damaged, foreign, too old or signed by others.

    \b
    Examples:
      civic bundle verify civic-1.2.0.bundle
      civic bundle verify civic-1.2.0.bundle --keys /root/project-keys
    """
    found = looking.verify(file, trusted_keys(keys))
    listed = found.manifest
    console.heading(f"civic {listed.version}: whole, and signed by those whom you trust.")
    facts = [
        ("Release", listed.release),
        ("Signed by", "\n".join(str(signer) for signer in found.signers)),
        ("Made", f"{listed.made_at:%Y-%m-%d %H:%M} UTC, to be used until {listed.expires_on}"),
        ("For", f"{', '.join(listed.machines)}; Python {', '.join(listed.pythons)}"),
        (
            "Debian",
            f"packages for {', '.join(listed.debians)}" if listed.debians else "no packages: apt is needed",
        ),
        ("Holds", f"{len(listed.members)} files, {sum(one.size for one in listed.members) / 1e6:.0f} MB"),
    ]
    console.table(facts)
    notes = found.texts.get("NOTES.md", b"").decode("utf-8", "replace").strip()
    if notes:
        console.say(f"\n{notes}")
    signers = [{"name": one.name, "fingerprint": one.fingerprint} for one in found.signers]
    return {
        "release": listed.release,
        "version": listed.version,
        "signers": signers,
        "expires_on": str(listed.expires_on),
        "pythons": listed.pythons,
        "machines": listed.machines,
        "debians": listed.debians,
    }


@command.add_command
@verb
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("bundle", type=_PATH, required=False)
@click.option(
    "--channel",
    type=click.Choice(channels.CHANNELS),
    default="stable",
    show_default=True,
    help="Whose newest it is.",
)
@click.option(
    "--key",
    "signing",
    type=_PATH,
    multiple=True,
    required=True,
    help="A private SSH key to sign with; may be given again.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 400),
    default=30,
    show_default=True,
    help="How long the list may be used.",
)
def publish(
    console: Console, folder: Path, bundle: Path | None, channel: str, **how: Any
) -> Mapping[str, Any]:
    """Make BUNDLE, which lies in FOLDER, the newest of a channel; without BUNDLE the list only stays good for longer.

    FOLDER is what a web server offers, or what is carried to sites without a network.

    \b
    Examples:
      civic bundle publish /srv/releases /srv/releases/civic-1.2.0.bundle --key ~/.ssh/id_ed25519
      civic bundle publish /srv/releases --key ~/.ssh/id_ed25519
    """
    made = channels.publish(folder, channel, bundle, how["signing"], how["days"])
    console.table([(name, offer.release) for name, offer in sorted(made.channels.items())])
    console.say(f"{folder / channels.NAME} is good until {made.expires_on}; before that day, sign it again.")
    return {
        "counter": made.counter,
        "expires_on": str(made.expires_on),
        "channels": {k: v.release for k, v in made.channels.items()},
    }
