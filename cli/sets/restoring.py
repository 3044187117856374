"""A restore as an operation: everything is made ready beside the site, which serves meanwhile; then it is put in place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from app.settings import Settings
from cli import clock, config, run
from cli.console import Console
from cli.errors import Failure, PreflightRefused
from cli.lifecycle import variables
from cli.lifecycle.operation import Operation, Step
from cli.sets import applying, new_settings
from cli.sets.boot import ScratchSite, take_away
from cli.sets.cluster import Cluster
from cli.sets.fetched import Fetched, Origin
from cli.sets.key_file import BALLOT_KEY
from cli.sets.manifest import Manifest
from cli.sets.new_settings import HELD, KEYS
from cli.sets.proof import STANDING, compare
from cli.sets.scratch import Scratch
from cli.sets.serving import Serving
from cli.sets.swap import Aside, Swap
from cli.sets.wish import Wish
from cli.site import CREDENTIALS, ENV_FILE, OPS, RELEASES, HostSite

NAME = "restore"
FOLDER = OPS / "restore"
AGAIN = "civic logs, then run the same command again."
_HEAD = "from app.core import schema; print(schema.head())"


@dataclass
class Restoring:
    """One restore on this host, whose site exists."""

    console: Console
    wish: Wish
    stamp: str
    release: str
    origin: Origin

    def __post_init__(self) -> None:
        self.site = HostSite()
        self.fetched = Fetched(FOLDER)
        self.serving = Serving(self.site, self.release)

    # --- what it is about ---

    @cached_property
    def ours(self) -> dict[str, str]:
        """The host's settings, as they are when this is asked first."""
        return self.site.given()

    @cached_property
    def checked(self) -> Settings:
        """The same, parsed."""
        return variables.check(self.ours, [])

    @cached_property
    def swap(self) -> Swap:
        """What is exchanged."""
        return Swap(self.stamp, Cluster.of(self.checked.database_url), Path(self.checked.uploads_dir))

    @cached_property
    def scratch(self) -> Scratch:
        """Where the set's database is loaded: beside the site's."""
        return Scratch(self.swap.cluster, self.swap.restored.removeprefix("civic_"))

    def given_after(self) -> dict[str, str]:
        """The settings that the site has afterwards."""
        theirs = new_settings.of_set(FOLDER, self.wish.key_file)
        return new_settings.given_after(self.wish, self.ours, theirs)

    def operation(self) -> Operation:
        """The way. Up to its gate the site of before comes back by itself."""
        return Operation(
            NAME,
            {**self.wish.facts(), "stamp": self.stamp, "release": self.release},
            [replace(step, once=True) for step in self._steps()],
            undone="Undone: the site serves its own data as before.",
            then=AGAIN,
            commit="gate",
        )

    def _steps(self) -> list[Step]:
        in_place = self._in_place() if self.wish.wants_data else []
        return [
            *self._ready_beside(),
            *in_place,
            Step("apply", "Let units and proxy follow the settings", self.apply, None, 1, 1800),
            Step("keep", "Keep aside what was replaced", self.keep),
        ]

    def _ready_beside(self) -> list[Step]:
        steps = [
            Step("fetch", "Fetch the set", self.fetch, self.fetched.clear, 20, 7200),
            Step("check", "Check every file of it", self.check, self.beside_away, 5, 3600),
        ]
        if self.wish.wants("database"):
            steps += [
                Step("load", "Restore its database beside", self.load, self.scratch_away, 20, 7200),
                Step("migrate", "Bring it up to date, hold its letters", self.migrate, None, 6, 3600),
            ]
        if self.wish.wants("uploads"):
            steps.append(Step("files", "Lay its files beside", self.files, self.swap_away, 3, 3600))
        if self.wish.wants_data:
            steps.append(Step("prove", "See that the release runs on them", self.prove, self.unboot, 5, 600))
        return steps

    def _in_place(self) -> list[Step]:
        return [
            Step("stop", "Stop the site", self.serving.stop, self.serving.serve_again, 3),
            Step("switch", "Put the restored data in place", self.switch, self.switch_back, 2),
            Step("start", "Start the site on them", self.serving.start, self.serving.halt, 5),
            Step("gate", "Wait until it is ready", self.serving.gate, None, 4),
            Step("settle", "Start its worker", self.serving.settle, None, 4),
        ]

    # --- its steps ---

    def fetch(self) -> None:
        """Bring the set, unless it lies here already from the first half of a restore on a bare host."""
        if (
            not (self.fetched.folder / "manifest.json").is_file()
            or self.fetched.manifest.id != self.wish.set_id
        ):
            self.fetched.fetch(self.origin)

    def check(self) -> None:
        """Refuse whatever would not end well.

        Raises: PreflightRefused with every reason.
        """
        made = self.fetched.check(self.origin)
        refusals = [*self._foreign(made), *self._too_new(made), *self._other_key(), *self._wrong_settings()]
        if refusals:
            raise PreflightRefused(
                "\n".join(what for what, _ in refusals),
                "\n".join(dict.fromkeys(then for _, then in refusals)),
            )
        self.swap.keep_given(self.ours, self.given_after())

    def load(self) -> None:
        """Load the database beside the site's, and see that it is the one that the set was made of."""
        self.scratch.make()
        self.scratch.fill(FOLDER)
        compare(self._scratch_site(), self.fetched.manifest)

    def migrate(self) -> None:
        """By the same command as an upgrade. What waits in its outbox may have left since: it is held."""
        app = self._scratch_site().app_commands()
        app.call("migrate", standing=STANDING, then=AGAIN)
        app.call("mail", "hold", standing=STANDING, then=AGAIN)

    def files(self) -> None:
        """Lay the uploaded files beside the site's."""
        if self.swap.restored_uploads.exists() and not (FOLDER / "uploads").exists():
            return  # moved there before this was cut short
        self.swap.put_beside(self.fetched.hand_over_uploads())

    def prove(self) -> None:
        """Boot the release that serves on what will be in place, cut off from the world."""
        site = self._scratch_site()
        with site.boot():
            answer = site.get("/")
        if answer.status not in (200, 302):
            raise Failure(f"The front page is answered with {answer.status}.", STANDING, AGAIN)

    def switch(self) -> None:
        """Database, files, and the settings without which they cannot serve: its keys; for a clone, that it sends nothing."""
        before, after = self.swap.given()
        for name in (*KEYS, BALLOT_KEY):
            if after.get(name, "") != before.get(name, ""):
                self.swap.bring(name, after.get(name, ""))
        if after.get(HELD) != before.get(HELD):
            lines = ENV_FILE.read_text(encoding="utf-8").splitlines()
            kept = [line for line in lines if not line.startswith(f"{HELD}=")]
            self.swap.bring(ENV_FILE.name, "\n".join([*kept, f'{HELD}="{after[HELD]}"', ""]))
        self.swap.forward()

    def switch_back(self) -> None:
        """The data and settings of before."""
        self.swap.back()

    def apply(self) -> None:
        """What else follows from other settings."""
        before, after = self.swap.given()
        if before != after:
            applying.apply(self.console, after, self.serving)

    def keep(self) -> None:
        """Write down what was replaced, so that it can be put back for a week."""
        before, after = self.swap.given()
        at = clock.now().isoformat(timespec="seconds")
        uploads = str(self.swap.uploads)
        Aside(self.stamp, at, self.wish.set_id, uploads, self.wish.parts, before != after).write()
        self.fetched.clear()

    # --- ways back ---

    def scratch_away(self) -> None:
        """Nothing beside the site's database; `civic` itself is never meant."""
        self.scratch.drop()

    def swap_away(self) -> None:
        """Nothing beside the site's files."""
        self.swap.drop_beside()

    def beside_away(self) -> None:
        """Nothing of this restore that is not in place."""
        self.swap.drop_beside_all()

    def unboot(self) -> None:
        """No scratch site."""
        take_away(self.scratch.name)

    # --- reasons to refuse ---

    def _foreign(self, made: Manifest) -> list[tuple[str, str]]:
        here = self.ours.get("CIVIC_HOSTNAME", "")
        if self.wish.hostname or made.hostname == here or self.wish.wants("settings"):
            return []
        return [
            (
                f"The set is of {made.hostname}, and this host serves {here}.",
                f"To restore it under this name: add --hostname {here}",
            )
        ]

    def _too_new(self, made: Manifest) -> list[tuple[str, str]]:
        if not self.wish.wants("database"):
            return []
        refusals = []
        if made.postgresql_major > self.swap.cluster.major:
            refusals.append(
                (
                    f"The set is of PostgreSQL {made.postgresql_major}; this host has {self.swap.cluster.major}.",
                    f"Restore it on a Debian with PostgreSQL {made.postgresql_major} or newer.",
                )
            )
        head = schema_of(self.release)
        if made.release.name != self.release and made.schema > head:
            refusals.append(
                (
                    f"The set's schema {made.schema} is newer than {head}, that of release {self.release}.",
                    f"Install release {made.release.version} first (civic upgrade), then run the same command again.",
                )
            )
        return refusals

    def _other_key(self) -> list[tuple[str, str]]:
        together = self.wish.wants("database") == self.wish.wants("secrets")
        if together or new_settings.has_same_keys(self.ours, new_settings.of_set(FOLDER)):
            return []
        return [
            (
                "The set's database is sealed with other keys than this site's: its ballots or its census could not be read.",
                "Restore both together: --only database --only secrets",
            )
        ]

    def _wrong_settings(self) -> list[tuple[str, str]]:
        after = self.given_after()
        faults = [] if after == self.ours else config.faults_of(after)
        return [
            (f"CONFIG: {fault}", "Correct it on this host, and leave --only settings out.")
            for fault in faults
        ]

    def _scratch_site(self) -> ScratchSite:
        uploads = self.swap.restored_uploads
        return ScratchSite(
            self.scratch.name,
            RELEASES / self.release,
            self.scratch.url if self.wish.wants("database") else self.checked.database_url,
            uploads if uploads.exists() else self.swap.uploads,
            ENV_FILE,
            FOLDER / "secrets" if self.wish.wants("secrets") else CREDENTIALS,
        )


def schema_of(release: str) -> str:
    """The schema that a release wants, whatever the state of the site's database."""
    python = RELEASES / release / "venv/bin/python"
    asked = run.require(
        [python, "-P", "-c", _HEAD],
        failed="The release does not say its schema.",
        standing=STANDING,
        then="civic doctor",
    )
    return asked.out.strip()
