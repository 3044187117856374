"""Why a bundle or a channel file is refused: each reason has a word of its own, which comes first in what is said."""

from __future__ import annotations

from cli.errors import PreflightRefused

REASONS = {
    "MISSING": "Name a bundle that is there; civic bundle verify FILE looks at it.",
    "NOT_A_BUNDLE": "Name a file that civic bundle build made.",
    "TRUNCATED": "Copy or download it again, whole.",
    "DAMAGED": "Copy or download it again; if it stays so, somebody has changed it: tell the project.",
    "UNSIGNED": "Take the bundle from the project; one of your own is signed with civic bundle sign.",
    "UNKNOWN_KEY": "Take the bundle from the project, or name the keys that you trust: --keys FOLDER.",
    "THRESHOLD": "Take a bundle that enough holders of keys have signed.",
    "REVOKED_KEY": "Take a newer bundle, signed with keys that are still good.",
    "NO_KEYS": "Name the keys that you trust: --keys FOLDER.",
    "EXPIRED": "Take a newer one; if this is the newest, check the clock of this machine (timedatectl).",
    "OLDER": "Take one that is newer than what is installed; civic rollback leads to the release before.",
    "FOREIGN": "Take a bundle of civic for this machine.",
    "NAME": "Do not use it: no honest bundle has such a name in it. Tell the project.",
    "LINK": "Do not use it: no honest bundle has links or devices in it. Tell the project.",
    "MEMBERS": "Do not use it: what it holds is not what was signed. Tell the project.",
    "LOCK": "Do not use it: a package in it is not the one of the lock file. Tell the project.",
    "UNREACHABLE": "Check CIVIC_UPDATES and the way there, or fetch the bundle by hand.",
}
"""Reason → what to do next."""


class BundleRefused(PreflightRefused):
    """It is not used, and nothing of it was unpacked (exit code 3). `reason` is a word of REASONS."""

    def __init__(self, reason: str, cause: str) -> None:
        self.reason = reason
        super().__init__(f"{reason}: {cause}", REASONS[reason])
