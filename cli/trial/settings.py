"""The settings of a trial site: all of them made up here, checked by the same function as a real site's."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from app import setting_checks
from cli import config, run
from cli.errors import WrongUse
from cli.trial.folder import TrialFolder


def made_up(folder: TrialFolder) -> dict[str, str]:
    """Settings of a new trial site, without its address."""
    given = {
        "CIVIC_SITE_NAME": "Valclair",
        "CIVIC_HOSTNAME": "localhost",
        "CIVIC_CONTACT_EMAIL": "mairie@valclair.example",
        "CIVIC_ADMIN_EMAIL": "informatique@valclair.example",
        "CIVIC_MAIL_FROM": "participer@valclair.example",
        "CIVIC_LANGUAGES": ",".join(_languages()),
        "CIVIC_TLS": "internal",
        "CIVIC_WEB_WORKERS": "1",
        "CIVIC_SMTP_HOST": "localhost",
        "CIVIC_SMTP_SECURITY": "none",
        "CIVIC_DATABASE_URL": f"sqlite:///{folder.database}",
        "CIVIC_UPLOADS_DIR": str(folder.uploads),
        "CIVIC_SECRET_KEY": secrets.token_urlsafe(48),
        "CIVIC_TRIAL": "yes",
    }
    check(given)
    return given


def check(given: Mapping[str, str]) -> None:
    """Refuse settings that the site would refuse.

    Raises: WrongUse with every fault.
    """
    faults = config.faults_of(given)
    if faults:
        raise WrongUse(
            "\n".join(faults), "Name a folder of plain letters and digits: civic install --trial --dir FOLDER"
        )


def _languages() -> list[str]:
    """All languages, the one of this terminal first."""
    locale = run.environment("LC_ALL") or run.environment("LC_MESSAGES") or run.environment("LANG")
    mine = [code for code in setting_checks.LANGUAGES if locale[:2] == code] or ["en"]
    return mine + [code for code in setting_checks.LANGUAGES if code not in mine]
