"""Install, from the operator's side: settings, preflight, playbook, proof, and what the administrator needs next."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.settings import Settings
from cli import config, playbook, questions, run
from cli.bundles.bringing import Source, bring
from cli.console import Console
from cli.errors import Failure, PreflightRefused, Undone
from cli.lifecycle import variables
from cli.playbook import Play, PlaybookStep
from cli.site import HostSite
from cli.target import Target

STEPS = (
    PlaybookStep("check", "Check the machine", 4),
    PlaybookStep("prepare", "Prepare the machine", 8),
    PlaybookStep("settings", "Write settings", 4),
    PlaybookStep("packages", "Install packages", 30),
    PlaybookStep("database", "Prepare the database", 3),
    PlaybookStep("live", "Bring the release live", 20),
    PlaybookStep("serve", "Serve and watch it", 3),
)
CARD = "/root/civic-recovery-card.txt"
HALF_WAY = "What was done so far stays, and is not done again."


def logs_folder() -> Path:
    """Where the logs of this user's verbs lie."""
    if run.is_root():
        return Path("/var/log/civic")
    return Path(run.environment("XDG_STATE_HOME") or Path.home() / ".local/state") / "civic"


def settings_for(
    console: Console, target: Target, config_file: Path | None
) -> tuple[Settings, dict[str, str]]:
    """The settings of a config file, or of the site that is here already, or from a person's answers.

    Raises: PreflightRefused with all faults at once.
    """
    if config_file is not None:
        given = config.read(config_file)
    elif target.is_local and HostSite().exists():
        given = HostSite().given()
    else:
        given = questions.complete(console, {}) if console.can_ask() else {}
    return variables.check(given, config.faults_of(given)), given


def install(console: Console, target: Target, config_file: Path | None, source: Source) -> Mapping[str, Any]:
    """Make `target` serve the site, or go on where an earlier run stopped; a second run changes nothing."""
    console.log_in(logs_folder(), "install")
    checked, given = settings_for(console, target, config_file)
    return apply(console, target, source, checked, given)


def change(console: Console, name: str, value: str) -> Mapping[str, Any]:
    """Change one setting of this host's site and apply it; a wrong value is refused and changes nothing."""
    site = HostSite()
    site.require()
    console.log_in(logs_folder(), "config-set")
    given = {**site.given(), name: value}
    return apply(console, Target(), Source(), variables.check(given, config.faults_of(given)), given)


def apply(
    console: Console, target: Target, source: Source, checked: Settings, given: dict[str, str]
) -> Mapping[str, Any]:
    """Make `target` serve the site with these settings."""
    target.require(console)
    console.plan(
        f"Install {checked.site_name} on {target.name}",
        [
            f"address: {checked.base_url}",
            f"certificate: {checked.tls}",
            f"mail: by {checked.smtp_host}, port {checked.smtp_port}",
        ],
    )
    console.agree("Go on?", unless_asked="Say --yes to go on without being asked.")
    with tempfile.TemporaryDirectory(prefix="civic-parcel-") as folder:
        packed = bring(console, target, source, Path(folder))
        given_to_it = variables.of_site(target, checked, given, packed)
        outcome = playbook.play(console, target, Play("install", given_to_it, STEPS, after=1))
    tell_findings(console, outcome.findings)
    if not outcome.ok:
        raise failure_of(outcome)
    with console.step("Prove that it works", 5):
        proof = on_host(target, "verify")
    invited = on_host(target, "welcome")
    if invited.get("link"):  # a new site
        invited["recovery_card"] = on_host(target, "recovery-card", "--file", CARD)["file"]
    _summary(console, checked, target, outcome, invited)
    return {
        "changed": outcome.changed,
        "address": checked.base_url,
        "release": packed.release,
        "verified": proof,
        **invited,
    }


def on_host(target: Target, *words: str) -> dict[str, Any]:
    """A verb of the host's own civic, and the object that it answers.

    Raises: Failure with what it said.
    """
    done = target.call("/usr/local/bin/civic", *words, "--json", "--yes")
    try:
        answer: dict[str, Any] = json.loads(done.out.strip().splitlines()[-1])
    except (ValueError, IndexError):
        answer = {"failed": done.last_words}
    if done.ok:
        return {name: value for name, value in answer.items() if name != "ok"}
    raise Failure(
        str(answer.get("failed") or done.last_words),
        str(answer.get("standing") or f"The site is installed, but civic {words[0]} failed on it."),
        str(answer.get("next") or "civic doctor"),
    )


def tell_findings(console: Console, findings: list[dict[str, str]]) -> None:
    """Say the warnings; refusals are said by the failure."""
    for finding in findings:
        if finding["level"] == "warning":
            console.warn(f"{finding['code']}: {finding['cause']} {finding['remedy']}")


def failure_of(outcome: playbook.Outcome) -> Failure:
    """What a playbook's end means: refused by preflight (3), failed and undone (4), or failed (1)."""
    refusals = [finding for finding in outcome.findings if finding["level"] == "refusal"]
    if refusals:
        return PreflightRefused(
            "\n".join(f"{finding['code']}: {finding['cause']}" for finding in refusals),
            "\n".join(f"{finding['code']}: {finding['remedy']}" for finding in refusals)
            + "\nThen run the same command again.",
        )
    failed = outcome.failed or {
        "task": "ansible",
        "message": f"Ansible ended with {outcome.code}; see the log.",
    }
    kind = Undone if failed.get("standing", "").startswith("Undone") else Failure
    return kind(
        f"{failed['task']}: {failed['message']}",
        str(failed.get("standing") or HALF_WAY),
        str(
            failed.get("then")
            or "Mend the cause, then run the same command again: it goes on where it stopped."
        ),
    )


def _summary(
    console: Console, checked: Settings, target: Target, outcome: playbook.Outcome, invited: Mapping[str, Any]
) -> None:
    console.say()
    if not outcome.changed:
        console.heading("Nothing had to be changed.")
    console.table([("Site", checked.base_url), ("Host", target.name), ("Changes", str(len(outcome.changed)))])
    if invited.get("link"):
        console.say()
        console.say(
            f"First administrator: {invited['email']}. This link works once, until {invited['expires_at']}:"
        )
        console.hand_over(f"  {invited['link']}")
        console.say()
        console.say(
            f"Recovery card: {CARD} on {target.name}. Without it, no backup can be read when the host is gone."
        )
        console.say(f"Print it, put it into a safe, then: shred -u {CARD}")
    console.next_commands(
        [
            ("civic status", "how the site is"),
            ("civic doctor", "what needs a hand"),
            ("civic plan", "what an install would change"),
        ]
    )
