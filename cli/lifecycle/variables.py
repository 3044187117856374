"""From settings to what the playbooks get: every setting as `civic_NAME` with its checked value, secrets apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from app import settings
from app.backup_stores import StoreWords
from cli import assets
from cli.bundles.keys import PINNED
from cli.errors import PreflightRefused
from cli.parcel import PACKAGES, Parcel
from cli.site import OPS, RELEASES
from cli.target import Target

_DRAWN_LATER = "drawn-by-the-host-drawn-by-the-host-drawn"
RECORD_OF_PACKAGES = str(OPS / "packages")


def check(given: Mapping[str, str], faults: list[str]) -> settings.Settings:
    """The checked settings; what the host draws itself is not missing.

    Raises: PreflightRefused with all faults, nothing having been changed.
    """
    made = {
        settings.env_name(one.name): _DRAWN_LATER for one in settings.declared() if one.metadata.get("made")
    }
    if faults:
        raise PreflightRefused(
            "\n".join(f"CONFIG: {fault}" for fault in faults),
            "Correct the settings, then run the same command again.",
        )
    return settings.load({**made, **given})


def of_site(
    target: Target, checked: settings.Settings, given: Mapping[str, str], parcel: Parcel
) -> dict[str, Any]:
    """All variables of playbooks/install.yml."""
    declared = {settings.env_name(one.name): one for one in settings.declared()}
    secret = {name for name, one in declared.items() if one.metadata.get("secret")}
    typed = {
        f"civic_{one.name}": _plain(getattr(checked, one.name))
        for one in fields(checked)
        if settings.env_name(one.name) not in secret
    }
    default_url = declared["CIVIC_DATABASE_URL"].metadata["default"]
    return {
        **typed,
        **of_release(target, parcel),
        "civic_deploy": str(assets.path_of("deploy")),
        "civic_database_is_local": checked.database_url == default_url,
        "civic_plain_settings": {name: text for name, text in given.items() if name not in secret},
        "civic_secrets": {name: text for name, text in given.items() if name in secret and text},
        "civic_secrets_known": sorted(secret),
        "civic_store_folders": sorted({_writable(words) for words in checked.stores} - {""}),
        "civic_root_only": settings.root_only(),
        "civic_drawn": [
            name for name, one in declared.items() if one.metadata.get("made") and not given.get(name)
        ],
        "civic_goes_live": True,
        "civic_key_files": [
            {"path": str(PINNED / name), "text": text}
            for name, text in (parcel.keys.files() if parcel.keys else {}).items()
        ],
    }


def of_release(target: Target, parcel: Parcel) -> dict[str, Any]:
    """All variables of playbooks/release.yml, which lays a release down."""
    return {
        "civic_become": target.becomes,
        "civic_record_of_packages": RECORD_OF_PACKAGES,
        "civic_release": parcel.release,
        "civic_source": str(parcel.folder),
        "civic_wheel_name": parcel.wheel.name,
        "civic_wheel_sha256": parcel.wheel_sha256,
        "civic_archive": f"{RELEASES}/{parcel.release}/source/{PACKAGES}" if parcel.packages else "",
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _writable(words: StoreWords) -> str:
    """The local folder that a store lies in, or its own where that would be the root; empty for one elsewhere."""
    path = Path(words.where.removeprefix("age:"))
    if not path.is_absolute():
        return ""
    return str(path if path.parent == Path("/") else path.parent)
