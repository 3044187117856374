"""Of a log line only known words leave the host."""

from __future__ import annotations

import pytest
import sqlalchemy.engine.base
from hypothesis import given
from hypothesis import strategies as some

from cli.care.vocabulary import HIDDEN, kept


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("a job failed: deliver letters", "· job failed: deliver letters"),
        ("OperationalError: no such table", "OperationalError: no such table"),
        (
            "Main process exited, code=killed, status=9/KILL",
            "Main process exited, code=killed, status=9/KILL",
        ),
        ("mail to marie.dupont@ville.example failed", "mail to · failed"),
        ("https://participe.example/fr/one-time/kX93 expired", "· expired"),
        ("code 482913", "code ·"),
        ("session 9f86d081884c7d65", "session ·"),
        ("call 06 12 34 56 78", "call ·"),
        ("participe.valclair.example is not ready", "· is not ready"),
        ("Stopped civic-worker.service", "Stopped civic-worker.service"),
        ("sqlalchemy.exc.OperationalError: no such table", "sqlalchemy.exc.OperationalError: no such table"),
        ("from 10.213.3.17", "from ·"),
        ("Hélène Müller", "· ·"),
    ],
)
def test_known_words_stay_and_all_else_is_a_dot(line: str, shown: str) -> None:
    assert kept(line) == shown


def test_a_traceback_keeps_its_places_in_code_that_lies_here() -> None:
    file = sqlalchemy.engine.base.__file__
    assert (
        kept(f'  File "{file}", line 1967, in execute')
        == '  File "sqlalchemy/engine/base.py", line 1967, in execute'
    )
    assert HIDDEN in kept('  File "/home/marie/secret.py", line 3, in execute')


@given(some.text(alphabet=some.characters(min_codepoint=33, max_codepoint=0x2FFF), min_size=1, max_size=30))
def test_whatever_somebody_types_around_a_canary_it_does_not_pass(text: str) -> None:
    assert "zqcanary" not in kept(f"{text}zqcanary{text} {text} zqcanary")
