"""Drawings for the sample town's projects: a motif before a landscape, in few strokes; they are the project's own."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

SKIES = ("#cfe6ea", "#fbe9b8", "#e3ecd8", "#f6d9cc", "#d9dff0", "#e8efe9")
HILLS = ("#7fa98a", "#5d8f86", "#93a96b", "#6c8fa3", "#88a27c")
SUNS = ("#f2b632", "#f7d37a", "#ee8f5b")


def draw(motif: str, number: int) -> str:
    """The drawing as SVG; `number` varies sky, hills and sun."""
    sky, hill, sun = SKIES[number % 6], HILLS[number % 5], SUNS[number % 3]
    at = 70 + number * 53 % 340
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 300" width="480" height="300">'
        f'<rect width="480" height="300" fill="{sky}"/><circle cx="{at}" cy="66" r="28" fill="{sun}"/>'
        f'<path d="M0 230q90-{40 + number % 4 * 14} 190-10t290-30v110H0z" fill="{hill}"/>'
        f'<path d="M0 248h480v52H0z" fill="#dfe5d2"/>{_motifs()[motif]}</svg>\n'
    )


@cache
def _motifs() -> dict[str, str]:
    motifs: dict[str, str] = json.loads((Path(__file__).parent / "motifs.json").read_text(encoding="utf-8"))
    return motifs
