"""What all tests share: settings of a site that exists only for the test, and a real PostgreSQL."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from app import settings as site_settings
from app.settings import Settings

# A busy machine is slow, not wrong: how long one example takes says nothing.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


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
        "database_url": database_url,
        "uploads_dir": str(folder / "uploads"),
        **more,
    }
    return site_settings.load({site_settings.env_name(name): text for name, text in given.items()})


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a private PostgreSQL cluster, started for this run and removed after it."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
    programs = Path(found[-1]) if found else None
    if programs is None:
        pytest.skip("PostgreSQL's server programs are not installed (apt install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="civic-pg-", dir="/tmp"))  # noqa: S108 - a socket's path must be short
    as_other: dict[str, object] = {}
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_other = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}

    def call(*words: str) -> None:
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_other)  # type: ignore[call-overload]

    try:
        call(
            str(programs / "initdb"),
            "-D",
            f"{folder}/data",
            "-U",
            "civic",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=60"
        call(
            str(programs / "pg_ctl"),
            "-D",
            f"{folder}/data",
            "-o",
            options,
            "-l",
            f"{folder}/log",
            "-w",
            "start",
        )
        try:
            yield f"postgresql+psycopg://civic@/postgres?host={folder}"
        finally:
            call(str(programs / "pg_ctl"), "-D", f"{folder}/data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
