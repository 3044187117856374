"""Reads and writes participatory-budget elections in Pabulib's .pb format (pabulib.org/format).

Three sections, META, PROJECTS and VOTES, each with a title line, a header line and rows of `;`-separated
cells. Tolerant of what the public collection contains, strict on what makes a count wrong:
docs/counting.md, "Reading".
"""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from app.counting.ballots import BallotRows
from app.counting.election import Election
from app.counting.errors import N_
from app.counting.export import write
from app.counting.findings import Findings
from app.counting.lines import read_rows
from app.counting.meta import MetaRows
from app.counting.projects import ProjectRows
from app.counting.remarks import remark_on_totals
from app.counting.table import Table

__all__ = ["read", "write"]
SECTIONS = ("META", "PROJECTS", "VOTES")


def read(source: str | Path | BinaryIO, *, strict: bool = False) -> Election:
    """Read an election from a path or an open binary file.

    `strict` refuses oddities too (for an import, where the file can still be corrected); without it they are
    listed in the election's `warnings`.

    Raises: RefusedFile with every fault and its line; OSError when the file cannot be opened.
    """
    findings = Findings(strict=strict)
    with open(source, "rb") if isinstance(source, (str, Path)) else nullcontext(source) as stream:
        reading = _Reading(findings)
        for line, row in read_rows(stream, findings):
            reading.take(line, row)
    return reading.finish()


class _Reading:
    """The sections seen so far and the one that rows go to now."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.seen: list[str] = []
        self.strayed = False
        self.table: Table | None = None
        self.meta = MetaRows(findings)
        self.projects = ProjectRows(findings)
        self.ballots = BallotRows(findings, self.projects.by_id, lambda: self.meta.vote_type)
        self.tables: dict[str, Table] = {"META": self.meta, "PROJECTS": self.projects, "VOTES": self.ballots}

    def take(self, line: int, row: list[str]) -> None:
        """Put a row where it belongs:

        a title opens a section, the row after it is a header, others are data.
        """
        title = row[0].strip().upper()
        if title in SECTIONS and not any(row[1:]):
            self._open(title, line)
        elif self.table is not None:
            self.table.take(line, row)
        elif not self.strayed:
            self.strayed = True
            self.findings.refuse(
                N_("The file begins with '%(text)s' and not with META. Is this a .pb file?"),
                line,
                text=row[0][:40],
            )

    def _open(self, title: str, line: int) -> None:
        if title in self.seen:
            self.findings.refuse(N_("Section %(title)s appears a second time."), line, title=title)
        elif self.seen and SECTIONS.index(title) < max(SECTIONS.index(name) for name in self.seen):
            self.findings.refuse(
                N_("Section %(title)s must come before the one above it."), line, title=title
            )
        self.seen.append(title)
        self.table = self.tables[title]
        self.table.open(line)

    def finish(self) -> Election:
        """Check the file as a whole and give the election."""
        for title in SECTIONS:
            if title not in self.seen:
                self.findings.refuse(N_("Section %(title)s is missing."), title=title)
        self.meta.finish(len(self.projects.rows), len(self.ballots.rows))
        budget, vote_type = self.meta.budget, self.meta.vote_type
        if budget is None or vote_type is None or self.findings.faults:
            self.findings.settle()
            raise AssertionError("a missing budget or vote type is a fault")
        election = Election(
            budget=budget,
            vote_type=vote_type,
            projects=tuple(self.projects.rows),
            ballots=tuple(self.ballots.rows),
            meta=self.meta.values,
            columns=self.projects.columns,
            ballot_columns=self.ballots.extra_columns,
            warnings=tuple(self.findings.oddities),
        )
        remark_on_totals(election, self.findings)
        return replace(election, warnings=self.findings.settle())
