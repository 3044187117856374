"""How a trial site is, seen from outside: its parts, its address, its log."""

from __future__ import annotations

from typing import Any

from cli.care import maintenance
from cli.console import Console
from cli.trial import address, card, parts
from cli.trial.folder import PARTS, TrialFolder


def gather(folder: TrialFolder) -> dict[str, Any]:
    """The facts; `ok` says whether both parts run and the site is ready."""
    found = parts.running(folder)
    url = folder.remembered().get("url", "")
    status, said = address.answer(url, "/readyz") if url else (0, "it was never started")
    return {
        "ok": len(found) == len(PARTS) and status == 200,
        "parts": {part: found[part].pid if part in found else None for part in PARTS},
        "memory_bytes": sum(process.memory_bytes() for process in found.values()),
        "address": url,
        "mails": card.mails_url(folder),
        "answer": status,
        "said": said.strip(),
        "folder": str(folder.path),
    }


def show(console: Console, folder: TrialFolder) -> dict[str, Any]:
    """Print the facts on one page."""
    folder.require()
    facts = gather(folder)
    console.heading("The trial site runs." if facts["ok"] else "The trial site does not run.")
    running = [
        f"{part}: {f'process {pid}' if pid else 'not running'}" for part, pid in facts["parts"].items()
    ]
    answer = "ready" if facts["answer"] == 200 else f"{facts['answer'] or 'no answer'}: {facts['said']}"
    console.table(
        [
            ("Site", facts["address"]),
            ("Mails it sent", facts["mails"]),
            ("Answer", answer),
            ("Parts", "\n".join(running)),
            ("Memory", f"{facts['memory_bytes'] / 1e6:.0f} MB"),
            ("Data", f"{folder.path} ({_size(folder) / 1e6:.1f} MB)"),
            *maintenance.row(folder.path),
        ]
    )
    if facts["ok"]:
        console.next_commands([(folder.words("logs"), "what it says"), (folder.words("stop"), "stop it")])
    else:
        console.next_commands([(folder.words("start"), "start it"), (folder.words("logs"), "why it ended")])
    return facts


def _size(folder: TrialFolder) -> int:
    return sum(path.stat().st_size for path in folder.path.rglob("*") if path.is_file())
