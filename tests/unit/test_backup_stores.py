"""The words of the setting `backup_stores`: understood, or refused with every fault at once; and when a store is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import settings
from app.backup_stores import DEFAULT, Keep, Schedule, StoreWords, parse
from cli import config
from tests.cli.conftest import GOOD

PARIS = "Europe/Paris"
AGE = "age1" + "q" * 58


def test_stores_are_read_as_they_are_written() -> None:
    text = (
        "local=/var/backups/civic/repository; "
        "vault=sftp:backup@nas.example:/civic daily 03:15 keep 7d 5w 12m 2h 5y;"
        "usb=age:/mnt/usb weekly fri keep 3w; cloud=s3:https://s3.example/bucket hourly; hand=/srv/hand by-hand"
    )
    assert parse(text) == (
        StoreWords("local", "/var/backups/civic/repository"),
        StoreWords("vault", "sftp:backup@nas.example:/civic", Schedule("daily", hour=3, minute=15), Keep()),
        StoreWords("usb", "age:/mnt/usb", Schedule("weekly", 4), Keep(0, 3, 0, 0, 0)),
        StoreWords("cloud", "s3:https://s3.example/bucket", Schedule("hourly")),
        StoreWords("hand", "/srv/hand", Schedule("by-hand")),
    )
    assert parse("") == ()
    (local,) = parse(DEFAULT)
    assert sum(vars(local.keep).values()) >= 16


@pytest.mark.parametrize(
    "wrong",
    [
        "/var/backups",
        "Local=/x",
        "a=relative",
        "a=/x/../y",
        "a=/x hurly",
        "a=/x daily 25:00",
        "a=/x weekly friday",
        "a=/x keep",
        "a=/x keep 3x",
        "a=/x keep 0d",
        "a=/x; a=/y",
        "a=/x; b=/x",
        "a=sftp:host",
        "a=sftp:-oProxyCommand=x@h:/p",
        "a=sftp:me@h:/p;rm",
        "a=s3:bucket",
        "a=s3:https://s3.example",
        "a=s3:https://id:secret@s3.example/bucket",
        "a=age:usb",
        "a=rclone:x",
    ],
)
def test_what_cannot_be_understood_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="stores that cannot be used"):
        parse(wrong)


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(settings.SettingsFault) as refused:
        settings.load(
            {**GOOD, "CIVIC_SECRET_KEY": "k" * 40, "CIVIC_BACKUP_STORES": "a=x; b=/y sometimes; c=age:/z"}
        )
    (fault,) = refused.value.faults
    assert [word in fault for word in ("a=x", "b=/y", "sometimes")] == [True] * 3


@pytest.mark.parametrize(
    ("where", "name"),
    [("age:/mnt/usb", "CIVIC_BACKUP_AGE_RECIPIENTS"), ("s3:https://h.example/b", "CIVIC_BACKUP_S3_KEY_ID")],
)
def test_a_store_without_its_keys_is_a_fault(where: str, name: str) -> None:
    given = {**GOOD, "CIVIC_SECRET_KEY": "k" * 40, "CIVIC_BACKUP_STORES": f"one={where}"}
    with pytest.raises(settings.SettingsFault, match=f"{name} is missing"):
        settings.load(given)
    settings.load({**given, "CIVIC_BACKUP_AGE_RECIPIENTS": AGE, "CIVIC_BACKUP_S3_KEY_ID": "id"})


@pytest.mark.parametrize("key", ["age1short", "AGE-SECRET-KEY-1QQQ", f"{AGE},x", "ssh-ed25519 AAAA"])
def test_only_public_keys_of_age_are_taken(key: str) -> None:
    with pytest.raises(settings.SettingsFault, match="CIVIC_BACKUP_AGE_RECIPIENTS") as refused:
        settings.load({**GOOD, "CIVIC_SECRET_KEY": "k" * 40, "CIVIC_BACKUP_AGE_RECIPIENTS": key})
    assert len(refused.value.faults) == 1


@pytest.mark.parametrize(
    ("schedule", "latest"),
    [
        (Schedule("hourly"), "2026-11-24T11:00"),
        (Schedule("daily", hour=3), "2026-11-24T03:00"),
        (Schedule("daily", hour=12, minute=30), "2026-11-23T12:30"),
        (Schedule("weekly", 1, 3), "2026-11-24T03:00"),
        (Schedule("weekly", 1, 23), "2026-11-17T23:00"),
        (Schedule("weekly", 4, 3), "2026-11-20T03:00"),
    ],
)
def test_a_store_was_last_due_at_its_hour_on_the_sites_clock(schedule: Schedule, latest: str) -> None:
    tuesday = datetime(2026, 11, 24, 10, 45, tzinfo=UTC)  # 11:45 in Paris
    found = schedule.latest(tuesday, PARIS)
    assert found is not None
    assert found.strftime("%Y-%m-%dT%H:%M") == latest


def test_a_store_filled_by_hand_is_never_due() -> None:
    assert Schedule("by-hand").latest(datetime.now(UTC), PARIS) is None


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),
    st.sampled_from(["hourly", "daily", "weekly"]),
    st.integers(0, 6),
    st.integers(0, 23),
    st.sampled_from([PARIS, "UTC", "America/Bogota", "Australia/Lord_Howe"]),
)
def test_it_was_due_within_the_last_interval(
    moment: datetime, every: str, day: int, hour: int, zone: str
) -> None:
    now = moment.replace(tzinfo=UTC)
    schedule = Schedule(every, day, hour)
    latest = schedule.latest(now, zone)
    assert latest is not None
    assert (
        timedelta(0) <= now - latest <= schedule.interval + timedelta(hours=1)
    )  # the night in which clocks change


def test_a_bucket_without_its_secret_is_a_fault_of_the_config_and_not_of_the_site_which_never_gets_it() -> (
    None
):
    stores = {"CIVIC_BACKUP_STORES": "cloud=s3:https://h.example/b", "CIVIC_BACKUP_S3_KEY_ID": "id"}
    given = {**GOOD, **stores, "CIVIC_SECRET_KEY": "k" * 40}
    settings.load(given)
    assert config.faults_of(given) == [
        "CIVIC_BACKUP_S3_SECRET is missing: a store of CIVIC_BACKUP_STORES is s3:"
    ]
    assert config.faults_of({**given, "CIVIC_BACKUP_S3_SECRET": "x"}) == []
