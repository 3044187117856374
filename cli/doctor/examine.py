"""All rules over one site's facts."""

from __future__ import annotations

from cli.doctor import about_backups, about_host, about_network, about_settings, about_site, about_work
from cli.doctor.facts import Facts
from cli.doctor.finding import CHECKS, Finding

SUBJECTS = (about_site, about_settings, about_host, about_network, about_backups, about_work)


def examine(facts: Facts) -> list[Finding]:
    """The findings, grave ones first, then by code."""
    found = [finding for check in CHECKS for finding in check.wrong_in(facts)]
    return sorted(found, key=lambda finding: (not finding.is_grave, finding.code))
