"""A set is one moment of a site, and is refused when anything of it is not as it was made."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.ballots import rules
from app.core.seal import Unreadable, derive_key
from app.processes import queries
from cli import run
from cli.app_commands import AppCommands
from cli.sets import manifest
from cli.sets.database import program_of
from cli.sets.manifest import DamagedSet, Manifest, check_folder
from cli.sets.stage import Source, put_together, staged
from tests.conftest import make_settings
from tests.sets import DAMAGE, WHEEL, damage, empty_database, lay_out, source
from tests.sites import empty_site
from tests.web.voters import make_people, open_process, vote


@pytest.fixture(scope="module")
def site(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    with source(postgres_url, tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(scope="module")
def whole(site: Source, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """A set, made once."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, put_together(site, folder, "by hand", None)


@pytest.fixture
def made(whole: tuple[Path, Manifest], tmp_path: Path) -> tuple[Path, Manifest]:
    """A copy of it to do harm to."""
    folder = tmp_path / "set"
    shutil.copytree(whole[0], folder)
    return folder, whole[1]


def test_a_set_holds_database_files_settings_secrets_and_release(made: tuple[Path, Manifest]) -> None:
    folder, told = made
    assert check_folder(folder) == told == manifest.read(folder)
    assert set(told.parts) == {
        "database/civic.dump",
        "database/ballot_hopper.copy",
        "database/ballot_box.copy",
        "uploads/projects/tree.svg",
        "uploads/projects/plaça major.png",
        "settings/civic.env",
        "secrets/CIVIC_SECRET_KEY",
        f"release/{WHEEL}",
        "release/requirements.lock",
    }
    assert (told.release.name, told.release.version) == ("1.2.0-3fa4c1d2", "1.2.0")
    assert (told.fingerprint.files.count, told.fingerprint.tables["ballot_box"].rows) == (2, 50)
    assert "worker_beats" not in told.fingerprint.tables
    assert stat.S_IMODE((folder / "secrets/CIVIC_SECRET_KEY").stat().st_mode) == 0o600


def test_the_ballots_leave_the_database_in_the_order_of_their_random_ids(made: tuple[Path, Manifest]) -> None:
    folder, _ = made
    for table in manifest.SORTED_TABLES:
        ids = [line.split("\t")[1] for line in (folder / f"database/{table}.copy").read_text().splitlines()]
        assert len(ids) == 50
        assert ids == sorted(ids)


def test_uploaded_files_are_linked_not_copied(site: Source, whole: tuple[Path, Manifest]) -> None:
    folder, _ = whole
    assert (folder / "uploads/projects/tree.svg").samefile(site.uploads / "projects/tree.svg")
    assert not (folder / "settings/civic.env").samefile(site.settings)


def test_staging_is_empty_afterwards_and_what_a_kill_left_there_is_cleared(
    site: Source, tmp_path: Path
) -> None:
    folder = tmp_path / "staging"
    folder.mkdir()
    (folder / "left").write_text("by a kill")
    with staged(site, "by hand", "abc", folder) as told:
        assert check_folder(folder).previous == "abc"
        assert told.purpose == "by hand"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()
    with pytest.raises(ZeroDivisionError), staged(site, "by hand", None, folder):
        raise ZeroDivisionError
    assert not folder.exists()


@pytest.mark.parametrize("how", sorted(DAMAGE))
def test_a_set_that_is_not_as_it_was_made_is_refused(made: tuple[Path, Manifest], how: str) -> None:
    folder, _ = made
    said = damage(folder, how)
    with pytest.raises(DamagedSet, match=said):
        check_folder(folder)


def test_all_faults_of_a_set_are_said_at_once(made: tuple[Path, Manifest]) -> None:
    folder, _ = made
    for how in ("a bit flipped", "a file too many", "a name that leads out"):
        damage(folder, how)
    with pytest.raises(DamagedSet) as refused:
        check_folder(folder)
    assert len(refused.value.faults) == 3


@pytest.mark.parametrize(
    "name", sorted({"database/ballot_box.copy", "secrets/CIVIC_SECRET_KEY", "settings/civic.env"})
)
def test_a_flipped_bit_in_any_file_is_seen(made: tuple[Path, Manifest], name: str) -> None:
    folder, _ = made
    content = bytearray((folder / name).read_bytes())
    content[0] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(DamagedSet, match=f"{name}: damaged"):
        check_folder(folder)


def test_a_restored_database_has_the_fingerprint_of_the_set(
    made: tuple[Path, Manifest], site: Source, postgres_url: str
) -> None:
    folder, told = made
    with empty_database(postgres_url) as address:
        restore(folder, site, told, address)
        found = fingerprint(site, address)
        assert found == dict(told.fingerprint.tables)
        engine = create_engine(address)
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE ballot_box SET choices = '{}' WHERE id = (SELECT min(id) FROM ballot_box)")
            )
        engine.dispose()
        assert manifest.differences(told.fingerprint.tables, fingerprint(site, address)) == [
            "table ballot_box: other rows"
        ]


def test_two_sets_of_an_open_vote_do_not_tell_what_those_in_between_chose(
    postgres_url: str, tmp_path: Path
) -> None:
    """A37 with whoever opens both: the roll says who voted in between; what these chose opens with no key that is in the sets."""
    with empty_database(postgres_url) as address:
        settings = make_settings(address, tmp_path)
        with empty_site(settings) as town:
            with town.app_context():
                process, voters = open_process(), make_people(3)
                number, slug = process.id, process.slug
                for voter in voters[:2]:
                    vote(process, voter, "[1]")
            first = taken(lay_out(settings, tmp_path), tmp_path / "first")
            with town.app_context():
                vote(queries.get_process(slug), voters[2], "[2]")
            second = taken(lay_out(settings, tmp_path), tmp_path / "second")
    (between,) = hopper_of(second).keys() - hopper_of(first).keys()
    sealed = bytes.fromhex(hopper_of(second)[between])
    known = [file.read_text() for file in sorted((second / "secrets").iterdir())]
    assert known == [settings.secret_key]

    def opened(*secrets: str) -> rules.Ballot:
        return rules.open_ballot([derive_key(one.encode(), f"hopper:{number}") for one in secrets], sealed)

    with pytest.raises(Unreadable):
        opened(*known)
    (of_the_card,) = settings.ballot_key
    assert opened(of_the_card).choices == "[2]"  # so the attack works, for whoever has the card
    for folder in (first, second):
        for name, path in manifest.walk(folder):
            assert of_the_card.encode() not in path.read_bytes(), name


def taken(site: Source, folder: Path) -> Path:
    """A set of that site, in a folder of its own."""
    folder.mkdir()
    put_together(site, folder, "nightly", None)
    return folder


def hopper_of(folder: Path) -> dict[str, str]:
    """What waits in a set's hopper, by its id."""
    rows = (folder / "database/ballot_hopper.copy").read_text().splitlines()
    return {one: sealed.removeprefix("\\\\x") for _, one, sealed in (row.split("\t") for row in rows)}


def restore(folder: Path, site: Source, told: Manifest, address: str) -> None:
    """What a restore does with the database's part, in short."""
    there = site.database.named(address.partition("?")[0].rpartition("/")[2])
    major = told.postgresql_major
    words = ["--no-owner", "--exit-on-error", "-d", there.env["PGDATABASE"], folder / "database/civic.dump"]
    done = run.capture([program_of(major, "pg_restore"), *words], env=there.env)
    assert done.ok, done.err
    for table in manifest.SORTED_TABLES:
        copy = rf"\copy {table} from '{folder}/database/{table}.copy'"
        done = run.capture(
            [program_of(major, "psql"), "-X", "-v", "ON_ERROR_STOP=1", "-c", copy], env=there.env
        )
        assert done.ok, done.err


def fingerprint(site: Source, address: str) -> dict[str, manifest.Table]:
    """What the app says of another database."""
    env = {**site.app.env, "CIVIC_DATABASE_URL": address}
    app = AppCommands(site.app.python, env, site.app.folder)
    return manifest.tables_of(app.call("fingerprint", standing="", then="")["tables"])
