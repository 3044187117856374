"""The journal of operations, the parcel, how a target is named, and what a plan says of its effects."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.version import __version__
from cli import parcel
from cli.errors import Failure, WrongUse
from cli.lifecycle.journal import Journal, alone, swap_link
from cli.lifecycle.plan import effects_of, text_of
from cli.target import Target

FACTS = {"release": "1.2.0", "files_sha256": "ab"}


def test_an_operation_that_was_cut_short_is_gone_on_with(tmp_path: Path) -> None:
    Journal.open(tmp_path, "go-live", FACTS).mark("migrate", schema="0006")
    again = Journal.open(tmp_path, "go-live", FACTS)
    assert (again.resumed, again.done) == (True, ["migrate"])
    again.end(True)
    assert Journal.open(tmp_path, "go-live", FACTS).resumed is False


def test_a_line_that_the_power_cut_is_not_believed(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path, "go-live", FACTS)
    with journal.path.open("a", encoding="utf-8") as stream:
        stream.write('{"at": "2026-01-01", "event": "do')
    again = Journal.open(tmp_path, "go-live", FACTS)
    assert (again.resumed, again.done) == (True, [])


def test_what_is_about_other_things_begins_anew(tmp_path: Path) -> None:
    Journal.open(tmp_path, "go-live", FACTS).mark("migrate")
    assert Journal.open(tmp_path, "go-live", {**FACTS, "release": "1.3.0"}).done == []


def test_two_operations_at_once_are_refused_with_the_name_of_the_first(tmp_path: Path) -> None:
    with (
        alone(tmp_path / "lock", "civic go-live 1.2.0"),
        pytest.raises(Failure, match=r"under way: civic go-live 1\.2\.0, since"),
        alone(tmp_path / "lock", "civic go-live 1.3.0"),
    ):
        raise AssertionError("never")


def test_a_link_is_swapped_in_place(tmp_path: Path) -> None:
    for name in ("a", "b"):
        swap_link(tmp_path / "live", name)
        assert (tmp_path / "live").readlink() == Path(name)
    assert [path.name for path in tmp_path.iterdir()] == ["live"]


@pytest.mark.parametrize(
    ("text", "user", "host", "port"),
    [("ana@site.example", "ana", "site.example", 22), ("site.example:2222", "root", "site.example", 2222)],
)
def test_a_target_is_user_host_and_port(text: str, user: str, host: str, port: int) -> None:
    target = Target.named(text)
    assert (target.user, target.host, target.port) == (user, host, port)


@pytest.mark.parametrize(
    "text", ["-oProxyCommand=x", "ana@", "a b", "ana@host:0", "ana@host;rm", "ana@-host", "ana@host:99999"]
)
def test_what_is_not_a_target_is_refused(text: str) -> None:
    with pytest.raises(WrongUse):
        Target.named(text)


def test_a_clone_packs_the_same_parcel_twice_and_names_it_by_version_and_content(tmp_path: Path) -> None:
    first, second = (tmp_path / name for name in ("first", "second"))
    first.mkdir()
    second.mkdir()
    one, two = parcel.pack(first), parcel.pack(second)
    assert one.wheel_sha256 == two.wheel_sha256
    assert one.release == two.release == f"{__version__}-{one.wheel_sha256[:8]}"
    assert (first / parcel.LOCK).is_file()


def test_a_plan_says_who_notices() -> None:
    assert effects_of([])["about_seconds"] == 0
    first = [{"after_header": "the live release", "before": "none\n", "after": "1.2.0\n"}]
    assert effects_of(first)["who_notices"].startswith("nobody")
    changed = [{"after_header": "the live release", "before": "1.2.0\n", "after": "1.2.0\n"}]
    assert "residents wait" in effects_of(changed)["who_notices"]
    assert (
        effects_of([{"after_header": "units", "after": "reload caddy.service\n"}])["who_notices"] == "nobody"
    )


def test_a_difference_is_shown_as_lines() -> None:
    assert text_of({"before": "a\nb\n", "after": "a\nc\n"}).splitlines()[1:] == [" a", "-b", "+c"]
