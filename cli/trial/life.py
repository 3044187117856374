"""The life of a trial site: install, start, stop, uninstall. Each may be interrupted anywhere and simply run again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cli import config
from cli.console import Console
from cli.trial import address, card, parts
from cli.trial import settings as trial_settings
from cli.trial.folder import PARTS, TrialFolder


@dataclass(frozen=True)
class Wish:
    """Where the site should answer; None: as before, or as usual."""

    listen: str | None = None
    port: int | None = None


def install(console: Console, folder: TrialFolder, wish: Wish) -> dict[str, Any]:
    """Bring a trial site to life, or start the one that is there; returns its card."""
    fresh = "town" not in folder.remembered()
    if fresh:
        trial_settings.made_up(folder)
        card.show_plan(console, folder, wish.listen or "127.0.0.1")
    folder.create()
    console.log_in(folder.logs, "install")
    with folder.held():
        if not fresh:
            console.say(f"The trial site in {folder.path} is there already.")
            return _start(console, folder, wish)
        console.expect_steps(4)
        _fill(console, folder)
        return _go(console, folder, wish)


def start(console: Console, folder: TrialFolder, wish: Wish) -> dict[str, Any]:
    """Start the site if it does not run; returns its card."""
    folder.require()
    if "town" not in folder.remembered():
        return install(console, folder, wish)
    with folder.held():
        return _start(console, folder, wish)


def stop(console: Console, folder: TrialFolder) -> dict[str, Any]:
    """Stop the site; stopping one that does not run is no error."""
    folder.require()
    with folder.held():
        were = sorted(parts.running(folder))
        with console.step("Stopping"):
            killed = parts.end(folder)
    if killed:
        console.warn(f"{' and '.join(killed)} did not end by itself and was killed.")
    console.say("The trial site is stopped; its data stays." if were else "The trial site was not running.")
    console.next_commands(
        [(folder.words("start"), "start it again"), (folder.words("uninstall"), "remove it")]
    )
    return {"stopped": were}


def uninstall(console: Console, folder: TrialFolder) -> dict[str, Any]:
    """Stop the site and delete its folder, after an agreement."""
    folder.require()
    console.agree(f"Delete the trial site in {folder.path} with all its data?")
    with folder.held():
        with console.step("Stopping"):
            parts.end(folder)
        with console.step("Deleting"):
            folder.delete()
    console.say(f"{folder.path} is gone; nothing else was made on this machine.")
    console.next_commands([(folder.words("install"), "a new trial site")])
    return {"deleted": str(folder.path)}


def change_setting(console: Console, folder: TrialFolder, name: str, value: str) -> dict[str, Any]:
    """Set one setting of the trial site, all of them checked together, and start it anew if it runs.

    Raises: WrongUse with every fault; nothing is changed then.
    """
    folder.require()
    with folder.held():
        wanted = {**folder.settings(), name: value}
        trial_settings.check(wanted)
        config.write(folder.env_file, wanted)
        console.say(f"{name} is set in {folder.env_file}.")
        if parts.running(folder):
            parts.end(folder)
            return _go(console, folder, Wish(), fresh_links=True)
    return {"set": name}


def _fill(console: Console, folder: TrialFolder) -> None:
    """Settings, schema and sample town. A try that was interrupted is begun anew: nobody has used it yet."""
    parts.end(folder)
    folder.forget_data()
    config.write(folder.env_file, trial_settings.made_up(folder))
    app = folder.app_commands()
    standing = f"Nothing runs; an unfinished site lies in {folder.path}."
    with console.step("Database", about_seconds=2):
        app.call("migrate", standing=standing, then=folder.words("install"))
    with console.step("Sample town", about_seconds=8):
        town = app.call("sample-town", standing=standing, then=folder.words("install"))
    folder.remember({"town": town})


def _start(console: Console, folder: TrialFolder, wish: Wish) -> dict[str, Any]:
    remembered = folder.remembered()
    moved = any(
        given not in (None, remembered.get(name))
        for name, given in (("listen", wish.listen), ("port", wish.port))
    )
    if len(parts.running(folder)) == len(PARTS) and not moved:
        status, _ = address.answer(remembered.get("url", ""), "/readyz")
        if status == 200:
            console.say("It is running.")
            _draw_links(folder)
            return card.show(console, folder)
    console.expect_steps(3)
    with console.step("Database", about_seconds=2):
        parts.end(folder)
        app = folder.app_commands()
        app.call("migrate", standing="Nothing runs; the data is as it was.", then=folder.words("logs"))
    return _go(console, folder, wish, fresh_links=True)


def _draw_links(folder: TrialFolder) -> None:
    """New links for the sample town's people: the last ones may be used up."""
    remembered = folder.remembered()
    app = folder.app_commands()
    for role in card.ROLES:
        person = remembered["town"][role]
        drawn = app.call(
            "trial-link", person["email"], standing="The site runs.", then=folder.words("status")
        )
        person["link"] = drawn["link"]
    folder.remember(remembered)


def _go(console: Console, folder: TrialFolder, wish: Wish, *, fresh_links: bool = False) -> dict[str, Any]:
    remembered = folder.remembered()
    listen = wish.listen or remembered.get("listen", "127.0.0.1")
    first_port = remembered.get("port", address.FIRST_PORT) if wish.port is None else wish.port
    with console.step("Starting web and worker"):
        url, port = parts.begin(folder, listen, first_port)
        folder.remember({**remembered, "listen": listen, "port": port, "url": url})
    if first_port not in (0, port):
        console.say(f"  Port {first_port} is taken; the site uses {port}.")
    with console.step("Waiting for the first answer", about_seconds=3):
        parts.wait_until_ready(folder, url)
    if fresh_links:
        _draw_links(folder)
    return card.show(console, folder)
