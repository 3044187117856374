"""A council's six colours: what is derived from them, and whether everyone can read the result.

Pure colour arithmetic on sRGB, standard library only: settings are refused by it before they are saved.
Contrast is the ratio of WCAG 2.2 (relative luminance, 1 to 21).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields

TEXT_MINIMUM = 4.5
PART_MINIMUM = 3.0
WHITE = "#ffffff"
BLACK = "#000000"


@dataclass(frozen=True)
class Theme:
    """Six colours as `#rrggbb`. The defaults: petrol blue and mimosa on limestone."""

    primary: str = "#0b4f5c"
    accent: str = "#f4b63f"
    ink: str = "#17272d"
    paper: str = "#faf7f1"
    success: str = "#23693f"
    danger: str = "#a8173a"

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The six, in the order of their declaration."""
        return tuple(f.name for f in fields(cls))


def luminance(colour: str) -> float:
    """How light a colour looks: 0 (black) to 1 (white), as WCAG 2.2 defines relative luminance."""
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21, whichever is the lighter."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0 to 1) of `other` stirred in."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def derive(theme: Theme) -> dict[str, str]:
    """Every colour a page uses, by the name of its custom property."""
    return {
        "primary": theme.primary,
        "primary-deep": mix(theme.primary, BLACK, 0.28),
        "primary-mid": mix(theme.primary, WHITE, 0.40),
        "primary-soft": mix(theme.primary, WHITE, 0.80),
        "primary-tint": mix(theme.primary, WHITE, 0.91),
        "on-primary": _readable_on(theme.primary, theme),
        "accent": theme.accent,
        "accent-tint": mix(theme.accent, WHITE, 0.78),
        "ink": theme.ink,
        "muted": mix(theme.ink, theme.paper, 0.28),
        "line": mix(theme.ink, theme.paper, 0.84),
        "line-strong": mix(theme.ink, theme.paper, 0.42),
        "paper": theme.paper,
        "surface": WHITE,
        "success": theme.success,
        "success-tint": mix(theme.success, WHITE, 0.90),
        "on-success": _readable_on(theme.success, theme),
        "danger": theme.danger,
        "danger-tint": mix(theme.danger, WHITE, 0.92),
        "on-danger": _readable_on(theme.danger, theme),
    }


# (what is drawn, what it is drawn on): text needs 4.5:1, the parts of controls and pictures 3:1.
TEXTS = (
    ("ink", "paper"), ("ink", "surface"), ("ink", "accent"), ("ink", "accent-tint"),
    ("ink", "primary-tint"), ("ink", "primary-soft"), ("ink", "success-tint"), ("ink", "danger-tint"),
    ("muted", "paper"), ("muted", "surface"), ("muted", "primary-tint"),
    ("primary", "paper"), ("primary", "surface"), ("primary", "primary-tint"),
    ("on-primary", "primary"), ("on-primary", "primary-deep"),
    ("success", "paper"), ("success", "surface"), ("success", "success-tint"), ("on-success", "success"),
    ("danger", "paper"), ("danger", "surface"), ("danger", "danger-tint"), ("on-danger", "danger"),
)  # fmt: skip
PARTS = (
    ("line-strong", "paper"),
    ("line-strong", "surface"),
    ("accent", "primary"),
    ("accent", "primary-deep"),
)


def find_faults(theme: Theme) -> list[str]:
    """Everything that keeps `theme` from being read by everyone, one sentence each; empty when it is fit."""
    if luminance(theme.paper) <= luminance(theme.ink):
        return [
            f"{_setting('paper')} must be lighter than {_setting('ink')}: pages are dark text on light paper"
        ]
    colours = derive(theme)
    return [
        *_too_close(colours, TEXTS, TEXT_MINIMUM, "Text"),
        *_too_close(colours, PARTS, PART_MINIMUM, "Parts"),
    ]


def render_theme_css(theme: Theme) -> str:
    """The style sheet that carries the colours to every page, as custom properties."""
    return ":root{" + ";".join(f"--{name}:{value}" for name, value in derive(theme).items()) + "}\n"


def fingerprint(text: str) -> str:
    """Ten hexadecimal digits that change when `text` does; part of an address that is cached for ever."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _too_close(
    colours: Mapping[str, str], pairs: tuple[tuple[str, str], ...], minimum: float, what: str
) -> list[str]:
    return [
        f"{what} in {drawn} ({colours[drawn]}) on {ground} ({colours[ground]}) cannot be read well: "
        f"contrast {contrast(colours[drawn], colours[ground]):.2f}:1 is under {minimum}:1. {_remedy(drawn, ground)}"
        for drawn, ground in pairs
        if contrast(colours[drawn], colours[ground]) < minimum
    ]


def _remedy(drawn: str, ground: str) -> str:
    """Which setting to move, and which way."""
    if "accent" in (drawn, ground) or ground == "accent-tint":
        return (
            f"Choose a lighter {_setting('accent')} or a darker {_setting('primary')} and {_setting('ink')}"
        )
    if drawn.startswith("on-"):
        return f"Choose a darker {_setting(drawn.removeprefix('on-'))}"
    if drawn in ("muted", "line-strong", "ink"):
        return f"Choose a darker {_setting('ink')} or a lighter {_setting('paper')}"
    return f"Choose a darker {_setting(drawn)} or a lighter {_setting('paper')}"


def _setting(colour: str) -> str:
    """The name under which a council sets the colour."""
    return f"CIVIC_THEME_{colour.upper()}"


def _readable_on(ground: str, theme: Theme) -> str:
    """White or the ink, whichever is easier to read on `ground`."""
    return WHITE if contrast(WHITE, ground) >= contrast(theme.ink, ground) else theme.ink


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
