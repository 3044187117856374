"""A private PostgreSQL cluster for a test run: its own folder, its own socket, gone afterwards."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MEMORY = "/dev/shm"


@contextmanager
def cluster(*, is_durable: bool) -> Iterator[str]:
    """Address of the cluster's first database. `is_durable=False` leaves fsync out, and the disk too where memory is at hand."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
    if not found:
        pytest.skip("PostgreSQL's server programs are not installed (apt install postgresql)")
    programs = Path(found[-1])
    top = "/tmp" if is_durable or not _has_room(MEMORY) else MEMORY  # short, as a socket's path must be
    folder = Path(tempfile.mkdtemp(prefix="civic-pg-", dir=top))
    as_other: dict[str, object] = {}
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_other = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}

    def call(program: str, *words: str) -> None:
        command = [str(programs / program), "-D", f"{folder}/data", *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_other)  # type: ignore[call-overload]

    options = (
        f"-k {folder} -c listen_addresses='' -c max_connections=60 -c fsync={'on' if is_durable else 'off'}"
    )
    try:
        call("initdb", "-U", "civic", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        call("pg_ctl", "-o", options, "-l", f"{folder}/log", "-w", "start")
        try:
            yield f"postgresql+psycopg://civic@/postgres?host={folder}"
        finally:
            call("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _has_room(path: str) -> bool:
    return os.path.ismount(path) and shutil.disk_usage(path).free > 4 << 30
