"""The files that are generated from the settings and the routes. `python -m tests.guards.generated` writes them anew."""

from __future__ import annotations

from app import settings
from tests.guards.files import ROOT
from tests.guards.routes import routes_page


def settings_page() -> str:
    """docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "Generated from `app/settings.py`. The installer checks all of them together before it changes anything.",
    ]
    section = ""
    for declaration in settings.declared():
        facts = declaration.metadata
        if facts["section"] != section:
            section = facts["section"]
            lines += ["", f"## {section}", "", "| setting | meaning | default |", "|---|---|---|"]
        if facts.get("made"):
            default = "drawn by the installer"
        elif facts["default"] is None:
            default = "**to be given**"
        else:
            default = f"`{facts['default']}`" if facts["default"] else "empty"
        secret = " Kept in a file of its own, for root only." if facts.get("secret") else ""
        lines.append(f"| `{settings.env_name(declaration.name)}` | {facts['help']}{secret} | {default} |")
    return "\n".join(lines) + "\n"


PAGES = {
    "config.example.env": settings.example,
    "docs/routes.md": routes_page,
    "docs/settings.md": settings_page,
}

if __name__ == "__main__":
    for path, text in PAGES.items():
        (ROOT / path).write_text(text(), encoding="utf-8")
