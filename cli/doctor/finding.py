"""A finding: what is wrong, why, and the command that helps. Its code never changes, so that a handbook can explain it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cli.doctor.facts import Facts

HANDBOOK = "docs/operating.md"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `is_grave`: residents notice it now; otherwise they will, or something is less safe."""

    code: str
    is_grave: bool
    what: str
    cause: str
    remedy: str

    @property
    def anchor(self) -> str:
        """Where the handbook explains it."""
        return f"{HANDBOOK}#{self.code.lower()}"


@dataclass(frozen=True)
class Say:
    """What a rule says about the facts; `wrong_in` gives it its code."""

    what: str
    cause: str
    remedy: str


Rule = Callable[[Facts], Iterator[Say]]


@dataclass(frozen=True)
class Check:
    """A rule with its code."""

    code: str
    is_grave: bool
    rule: Rule

    def wrong_in(self, facts: Facts) -> Iterator[Finding]:
        """The findings of this rule."""
        for said in self.rule(facts):
            yield Finding(self.code, self.is_grave, said.what, said.cause, said.remedy)


CHECKS: list[Check] = []


def check(code: str, *, grave: bool = False) -> Callable[[Rule], Rule]:
    """Register a rule under its code."""

    def register(rule: Rule) -> Rule:
        if any(one.code == code for one in CHECKS):
            raise ValueError(f"{code} is taken")
        CHECKS.append(Check(code, grave, rule))
        return rule

    return register


def civic(facts: Facts, verb: str) -> str:
    """The command line of `verb` for this kind of site."""
    return f"civic {verb}" + (" --trial" if facts.is_trial else "")
