"""Why a count was refused, in sentences that name the line and the remedy."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

FAULTS_SHOWN = 50


def N_(text: str) -> str:
    """Mark a sentence for the translators and leave it as it is: the site translates it when it shows it."""
    return text


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file.

    `template` is the English sentence with ``%(name)s`` places (the msgid for the site's translations),
    `values` fill them, `line` is the line of the file, from 1, or None when the file as a whole is at
    fault.
    """

    template: str
    line: int | None = None
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The sentence in English, without the line."""
        return self.template % self.values

    def __str__(self) -> str:
        return self.message if self.line is None else f"line {self.line}: {self.message}"


class CountingError(Exception):
    """Whatever keeps an election from being counted."""


class RefusedFile(CountingError):
    """The file is not an election that can be counted.

    `faults` holds all of them, in the order of the file.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line or 0))
        super().__init__("\n".join(listed(self.faults)))


class UnknownRule(CountingError):
    """No rule has this name, or the file does not say which rule was used.

    `known` are the names to choose from.
    """

    def __init__(self, name: str, known: Iterable[str], reason: str | None = None) -> None:
        self.name, self.known = name, tuple(known)
        self.nearest = next(iter(difflib.get_close_matches(name.lower(), self.known, n=1, cutoff=0.4)), None)
        guess = f" Did you mean '{self.nearest}'?" if self.nearest and not reason else ""
        super().__init__(
            (reason or f"There is no counting rule '{name}'.") + guess + f" Rules: {', '.join(self.known)}."
        )


class UncountableBallots(CountingError):
    """The rule cannot be applied to this election (for instance: a threshold rule without a threshold)."""


def listed(faults: Iterable[Fault], shown: int = FAULTS_SHOWN) -> list[str]:
    """Give the faults as lines to print: the first `shown`, then how many more there are."""
    lines = [str(fault) for fault in faults]
    return lines if len(lines) <= shown else [*lines[:shown], f"and {len(lines) - shown} more"]
