"""What all tests share: settings of a site that exists only for the test, and a real PostgreSQL."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from app import settings as site_settings
from app.settings import Settings
from tests.machine.fixtures import make_host, network  # noqa: F401 - fixtures of two folders
from tests.postgres import cluster

# A busy machine is slow, not wrong: how long one example takes says nothing.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

WANTING = re.compile(r"not installed|needs root")
"""Reasons for a skip that are a machine's fault. Others stay skips: data that is not public, a case that a database lacks."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true a test skipped for want of a tool fails: a whole group must not go missing unseen."""
    report = yield
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
    if os.environ.get("CI") == "true" and report.skipped and WANTING.search(reason):
        report.outcome, report.longrepr = "failed", f"With CI=true nothing may be wanting. {reason}"
    return report


def make_settings(database_url: str, folder: Path, **more: str) -> Settings:
    """Settings of a test site; `more` by setting name (`smtp_port="2525"`)."""
    given = {
        "site_name": "Valclair",
        "hostname": "participe.valclair.example",
        "contact_email": "mairie@valclair.example",
        "admin_email": "it@valclair.example",
        "smtp_host": "127.0.0.1",
        "smtp_security": "none",
        "secret_key": "k" * 48,
        "ballot_key": "b" * 48,
        "database_url": database_url,
        "uploads_dir": str(folder / "uploads"),
        **more,
    }
    return site_settings.load({site_settings.env_name(name): text for name, text in given.items()})


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a private PostgreSQL cluster, started for this run and removed after it."""
    with cluster(is_durable=False) as address:
        yield address
