"""Findings about the host: room, memory, clock, release (C3xx)."""

from __future__ import annotations

from collections.abc import Iterator

from cli.doctor.facts import Disk, Facts
from cli.doctor.finding import Say, check

LEAST_FREE_BYTES = 500_000_000
LEAST_FREE_SHARE = 0.05
FILLING_SHARE = 0.9
LEAST_MEMORY_BYTES = 150_000_000
KNOWN_RELEASES = {("debian", "12"), ("debian", "13")}


def _is_nearly_full(disk: Disk) -> bool:
    return disk.free_bytes < max(LEAST_FREE_BYTES, LEAST_FREE_SHARE * disk.total_bytes)


@check("C301", grave=True)
def a_disk_is_nearly_full(facts: Facts) -> Iterator[Say]:
    """A full disk stops votes."""
    for disk in facts.disks:
        if _is_nearly_full(disk):
            yield Say(f"{disk.free_bytes / 1e6:.0f} MB are free for {disk.path}", "logs, old releases, backups or other programs",
                      f"du -xh {disk.path} | sort -h | tail")  # fmt: skip


@check("C308")
def a_disk_is_filling(facts: Facts) -> Iterator[Say]:
    """There is time to make room."""
    for disk in facts.disks:
        used = 1 - disk.free_bytes / (disk.total_bytes or 1)
        if used >= FILLING_SHARE and not _is_nearly_full(disk):
            yield Say(f"{disk.path} is full to {100 * used:.0f} %", "logs, old releases, backups or other programs",
                      f"du -xh {disk.path} | sort -h | tail")  # fmt: skip


@check("C309")
def the_clock_leapt(facts: Facts) -> Iterator[Say]:
    """Votes open and close by it."""
    leap = facts.care.clock_leap_seconds if facts.care else None
    if leap is not None:
        yield Say(f"the clock leapt by {leap:+.0f} s within the last day", "it was set by hand, or the host slept or moved",
                  "timedatectl; then look at the dates of open votes")  # fmt: skip


@check("C302", grave=True)
def a_disk_has_no_inodes_left(facts: Facts) -> Iterator[Say]:
    """Room for bytes but not for files."""
    for disk in facts.disks:
        if disk.total_inodes and disk.free_inodes < LEAST_FREE_SHARE * disk.total_inodes:
            yield Say(f"{disk.free_inodes} inodes are free for {disk.path}", "very many small files",
                      f"du -x --inodes {disk.path} | sort -n | tail")  # fmt: skip


@check("C303")
def memory_is_short(facts: Facts) -> Iterator[Say]:
    """The kernel will end something soon."""
    if facts.memory_bytes is not None and facts.memory_bytes[0] < LEAST_MEMORY_BYTES:
        yield Say(f"{facts.memory_bytes[0] / 1e6:.0f} MB of memory are free", "too small a machine, or another program",
                  "ps -eo rss,comm --sort=-rss | head")  # fmt: skip


@check("C304")
def the_kernel_ended_a_process_for_memory(facts: Facts) -> Iterator[Say]:
    """It happened since the last boot."""
    if facts.killed_for_memory:
        yield Say(f"the kernel ended {facts.killed_for_memory} processes for want of memory", "memory ran out",
                  "journalctl -k --grep 'Out of memory'")  # fmt: skip


@check("C305")
def the_clock_is_not_synchronised(facts: Facts) -> Iterator[Say]:
    """Phases open and close by it, and codes of the second factor depend on it."""
    if facts.clock_synchronised is False:
        yield Say(
            "the clock is not synchronised", "no time service runs", "apt-get install systemd-timesyncd"
        )


@check("C306")
def the_host_wants_a_restart(facts: Facts) -> Iterator[Say]:
    """Security updates of kernel or libraries wait for it."""
    if facts.restart_wanted:
        yield Say("the host wants a restart", "updates were installed", "systemctl reboot")


@check("C307")
def the_release_is_not_one_that_is_tested(facts: Facts) -> Iterator[Say]:
    """civic is tested on Debian 12 and 13."""
    if facts.release is not None and not facts.is_trial and facts.release not in KNOWN_RELEASES:
        yield Say(
            f"this host is {' '.join(facts.release)}", "civic is tested on Debian 12 and 13", "civic plan"
        )
