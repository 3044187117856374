"""Where the files that travel with the code are: in the clone, or carried inside the installed package."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent
_CARRIED = _HERE / "_carried"


def clone() -> Path | None:
    """The clone that this code runs from; None when it runs from an installed package."""
    root = _HERE.parent
    return root if (root / "pyproject.toml").is_file() and (root / "deploy").is_dir() else None


def path_of(name: str) -> Path:
    """The file or folder `name` ("ansible", "deploy/requirements.lock", "config.example.env").

    Raises: FileNotFoundError when this copy does not carry it.
    """
    for root in (_CARRIED, _HERE.parent):
        if (root / name).exists():
            return root / name
    raise FileNotFoundError(f"this copy of civic does not carry {name}")
