"""The facts that findings are made from. None always means: not known, or not asked of this kind of site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cli.care.maintenance import Maintenance
from cli.care.records import Records


@dataclass(frozen=True)
class Part:
    """A part of the site or a service that it needs: a systemd unit, or a process of a trial site."""

    name: str
    runs: bool
    state: str = ""
    restarts: int = 0
    began_at: float | None = None


@dataclass(frozen=True)
class Disk:
    """A file system that the site writes to; bytes and inodes that are free, and all of them."""

    path: str
    free_bytes: int
    total_bytes: int
    free_inodes: int
    total_inodes: int


@dataclass(frozen=True)
class File:
    """A file with settings or secrets: its mode, whether its owner is the one it should be, when it was changed."""

    path: str
    mode: int
    is_owned_well: bool
    changed_at: float


@dataclass(frozen=True)
class Certificate:
    """What a browser is shown: days until it ends, whether it is for the site's name, whether it is trusted."""

    days_left: float
    is_for_name: bool
    is_trusted: bool
    issuer: str


@dataclass(frozen=True)
class Care:
    """How a host is cared for: its backups and drills, and what work on it left behind."""

    now: datetime
    known: Records = Records()
    missing_stores: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    failed_units: tuple[str, ...] = ()
    drifted: tuple[str, ...] = ()
    unfinished_releases: tuple[str, ...] = ()
    maintenance: Maintenance | None = None
    renewal_faults: int = 0
    clock_leap_seconds: float | None = None


@dataclass(frozen=True)
class Facts:
    """Everything that the doctor knows about one site."""

    is_trial: bool
    parts: tuple[Part, ...] = ()
    answer: tuple[int, str] | None = None
    front_page: tuple[int, str] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    settings_faults: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    disks: tuple[Disk, ...] = ()
    memory_bytes: tuple[int, int] | None = None
    killed_for_memory: int | None = None
    clock_synchronised: bool | None = None
    restart_wanted: bool | None = None
    release: tuple[str, str] | None = None
    listen: str | None = None
    own_addresses: frozenset[str] | None = None
    name_addresses: frozenset[str] | None = None
    port_holders: Mapping[int, str] = field(default_factory=dict)
    certificate: Certificate | None = None
    mail_server: tuple[bool, str] | None = None
    app: Mapping[str, Any] | None = None
    app_error: str | None = None
    code_changed_at: float | None = None
    tracebacks: int | None = None
    care: Care | None = None
