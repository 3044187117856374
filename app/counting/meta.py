"""The META section: what the election was about, its budget and limits."""

from fractions import Fraction

from app.counting.election import VoteType
from app.counting.errors import N_
from app.counting.findings import Findings
from app.counting.money import parse_number
from app.counting.table import Table

NUMBERS = (
    "num_projects", "num_votes", "min_length", "max_length", "min_sum_cost", "max_sum_cost", "min_points",
    "max_points", "min_sum_points", "max_sum_points", "min_project_score_threshold",
)  # fmt: skip


class MetaRows(Table):
    """Keys and values, each key once."""

    title = "META"
    required = ("key", "value")

    def __init__(self, findings: Findings) -> None:
        super().__init__(findings)
        self.values: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        self.budget: Fraction | None = None
        self.vote_type: VoteType | None = None

    def take_row(self, line: int, row: list[str]) -> None:
        """Keep one key. The two values that everything else depends on are understood at once."""
        key, value = row[0].strip().lower(), row[1].strip() if len(row) > 1 else ""
        if self.values.get(key, value) != value:
            self.findings.refuse(
                N_("META gives '%(key)s' a second, different value (first on line %(first)s)."),
                line,
                key=key,
                first=self.lines[key],
            )
        self.values[key] = value
        self.lines.setdefault(key, line)
        if key == "vote_type":
            self._take_vote_type(line, value)
        elif key == "budget":
            self._take_budget(line, value)
        elif key in NUMBERS and value and parse_number(value) is None:
            self.findings.refuse(
                N_("META's '%(key)s' is not a number: '%(value)s'."), line, key=key, value=value[:40]
            )

    def _take_vote_type(self, line: int, value: str) -> None:
        try:
            self.vote_type = VoteType(value.lower())
        except ValueError:
            self.findings.refuse(
                N_("META's vote_type is '%(value)s'; it must be one of %(known)s."),
                line,
                value=value[:40],
                known=", ".join(VoteType),
            )

    def _take_budget(self, line: int, value: str) -> None:
        budget = parse_number(value)
        if budget is None or budget < 0:
            self.findings.refuse(N_("META's budget is not an amount: '%(value)s'."), line, value=value[:40])
        else:
            self.budget = budget

    def finish(self, projects: int, ballots: int) -> None:
        """Check that nothing essential is missing and that the file has what META announces."""
        for key in ("budget", "vote_type"):
            if self.line and key not in self.values:
                self.findings.refuse(N_("META does not give '%(key)s'."), self.line, key=key)
        for key, count in (("num_projects", projects), ("num_votes", ballots)):
            announced = parse_number(self.values.get(key, ""))
            if announced is not None and announced != count:
                self.findings.remark(
                    N_("META's %(key)s is %(announced)s and the file has %(count)s."),
                    self.lines[key],
                    key=key,
                    announced=announced,
                    count=count,
                )
