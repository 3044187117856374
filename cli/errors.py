"""The one kind of error that a verb ends with: what failed, how the site stands now, the exact next command."""

from __future__ import annotations


class Failure(Exception):
    """A verb could not do its work (exit code 1). Shown as three things, without a traceback."""

    exit_code = 1

    def __init__(self, failed: str, standing: str, then: str) -> None:
        """`failed`: what failed, one fault a line; `standing`: how the site stands; `then`: the next command or step."""
        super().__init__(failed)
        self.failed = failed
        self.standing = standing
        self.then = then


class WrongUse(Failure):
    """The command was written wrongly, or an answer is missing (exit code 2); nothing was changed."""

    exit_code = 2

    def __init__(self, failed: str, then: str, standing: str = "Nothing was changed.") -> None:
        super().__init__(failed, standing, then)


class PreflightRefused(Failure):
    """The host is not fit for what was asked (exit code 3); nothing was changed."""

    exit_code = 3

    def __init__(self, failed: str, then: str, standing: str = "Nothing was changed.") -> None:
        super().__init__(failed, standing, then)


class Undone(Failure):
    """Something failed on the way and was taken back (exit code 4)."""

    exit_code = 4


class Interrupted(Failure):
    """A person or a signal stopped the verb (exit code 130)."""

    exit_code = 130
