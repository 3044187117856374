"""Findings about settings and the files that hold them (C2xx)."""

from __future__ import annotations

from collections.abc import Iterator

from cli import config
from cli.doctor.facts import Facts
from cli.doctor.finding import Say, check, civic


@check("C201", grave=True)
def a_setting_is_wrong(facts: Facts) -> Iterator[Say]:
    """The site will not start with it."""
    for fault in facts.settings_faults:
        name = fault.split(" ", 1)[0]
        remedy = f"config set {name}" if config.is_secret(name) else f"config set {name} VALUE"
        yield Say(fault, "the settings were changed by hand", civic(facts, remedy))


@check("C202")
def a_file_with_secrets_can_be_read_by_others(facts: Facts) -> Iterator[Say]:
    """The key that signs sessions is in it."""
    for file in facts.files:
        if file.mode & 0o007:
            yield Say(
                f"{file.path} can be read by everybody",
                f"its mode is {file.mode:04o}",
                f"chmod o= {file.path}",
            )


@check("C203")
def a_file_with_secrets_belongs_to_somebody_else(facts: Facts) -> Iterator[Say]:
    """Who owns the file can change it."""
    for file in facts.files:
        if not file.is_owned_well:
            owner = "$(id -un)" if facts.is_trial else "root"
            yield Say(
                f"{file.path} has another owner",
                "it was copied or written by hand",
                f"chown {owner} {file.path}",
            )


@check("C204")
def settings_are_newer_than_what_runs(facts: Facts) -> Iterator[Say]:
    """They are read at the start."""
    began = [part.began_at for part in facts.parts if part.began_at is not None]
    for file in facts.files:
        if began and file.changed_at > max(began) + 1:
            remedy = "civic stop --trial && civic start --trial" if facts.is_trial else "civic install"
            yield Say(
                f"{file.path} is newer than the running site", "it was changed without being applied", remedy
            )


@check("C205")
def a_trial_site_is_open_to_the_network(facts: Facts) -> Iterator[Say]:
    """Its mail box shows every sign-in code to whoever looks."""
    if facts.is_trial and facts.listen and not facts.listen.startswith("127.") and facts.listen != "::1":
        yield Say(f"the trial site answers on {facts.listen}", "everybody who reaches it can read its mail box and sign in",
                  "civic start --trial --listen 127.0.0.1")  # fmt: skip
