"""What the CLI's tests share: a console whose words can be read, a key pair of age."""

from __future__ import annotations

import io
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.console import Console

GOOD = {
    "CIVIC_SITE_NAME": "L'Haÿ-les-Roses",
    "CIVIC_HOSTNAME": "participe.example.org",
    "CIVIC_CONTACT_EMAIL": "mairie@example.org",
    "CIVIC_ADMIN_EMAIL": "it@example.org",
    "CIVIC_SMTP_HOST": "mail.example.org",
}
"""A config file that lacks nothing but the secret key."""


@dataclass
class Heard:
    """A console and what it said."""

    console: Console
    out: io.StringIO
    err: io.StringIO


def listen(**options: bool) -> Heard:
    """A console on streams that are no terminal."""
    out, err = io.StringIO(), io.StringIO()
    return Heard(Console(out=out, err=err, **options), out, err)


@pytest.fixture
def heard() -> Heard:
    """A console with no option."""
    return listen()


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key pair of age."""
    path = tmp_path_factory.mktemp("key") / "key.txt"
    subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True)
    return path
