"""The VOTES section: one ballot a row."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from app.counting.election import Ballot, VoteType
from app.counting.errors import N_
from app.counting.findings import Findings
from app.counting.money import parse_number
from app.counting.table import Table

UNDERSTOOD = ("voter_id", "vote", "points")


class BallotRows(Table):
    """Ballots in the order of the file. `known` are the project ids: every ballot shares their strings."""

    title = "VOTES"
    required = ("voter_id", "vote")

    def __init__(
        self, findings: Findings, known: Mapping[str, str], vote_type: Callable[[], VoteType | None]
    ) -> None:
        super().__init__(findings)
        self.known, self._find_vote_type = known, vote_type
        self.rows: list[Ballot] = []
        self.lines: dict[str, int] = {}
        self.numbers: dict[str, Fraction | int | None] = {}
        self.extra_columns: tuple[str, ...] = ()
        self.vote_type: VoteType | None = None
        self.extra_at: tuple[int, ...] = ()
        self.voter_at, self.vote_at = 0, 0
        self.points_at: int | None = None

    def header_is_read(self) -> None:
        """Find the columns once, so that a hundred thousand rows need not."""
        if not self.is_readable:
            return
        self.vote_type = self._find_vote_type()
        at = {name: place for place, name in enumerate(self.columns)}
        self.voter_at, self.vote_at, self.points_at = at["voter_id"], at["vote"], at.get("points")
        self.extra_columns = tuple(name for name in self.columns if name and name not in UNDERSTOOD)
        self.extra_at = tuple(at[name] for name in self.extra_columns)
        if self.vote_type is not None and self.vote_type.needs_points and self.points_at is None:
            self.findings.refuse(
                N_("A %(kind)s vote needs a column 'points' in VOTES."),
                self.line + 1,
                kind=self.vote_type.value,
            )

    def take_row(self, line: int, row: list[str]) -> None:
        """Take one ballot."""
        if not self.is_readable:
            return
        if len(row) < len(self.columns):
            row = row + [""] * (len(self.columns) - len(row))
        voter_id = row[self.voter_at].strip()
        choices = self._choices(line, row[self.vote_at])
        points = self._points(line, row, choices)
        if not voter_id:
            self.findings.refuse(N_("The ballot has no voter_id."), line)
        elif voter_id in self.lines:
            self.findings.refuse(
                N_("Voter '%(id)s' has two ballots (first on line %(first)s)."),
                line,
                id=voter_id[:40],
                first=self.lines[voter_id],
            )
        self.lines.setdefault(voter_id, line)
        if len(set(choices)) != len(choices):
            choices, points = self._merge(line, choices, points)
        self.rows.append(Ballot(voter_id, choices, points, tuple(row[place] for place in self.extra_at)))
        self._check_kind(line, choices)

    def _choices(self, line: int, cell: str) -> tuple[str, ...]:
        parts = cell.split(",") if cell else []
        try:
            return tuple(map(self.known.__getitem__, parts))
        except KeyError:
            named = [part.strip() for part in parts if part.strip()]
        for name in named:
            if name not in self.known:
                self.findings.refuse(
                    N_("The vote names project '%(id)s', which is not in PROJECTS."), line, id=name[:40]
                )
        return tuple(self.known[name] for name in named if name in self.known)

    def _points(
        self, line: int, row: list[str], choices: tuple[str, ...]
    ) -> tuple[Fraction | int, ...] | None:
        if self.vote_type is None or not self.vote_type.has_score:
            return None
        needs_points = self.vote_type.needs_points
        cell = row[self.points_at].strip() if self.points_at is not None else ""
        if not cell and (not choices or not needs_points):
            return None
        parts = [part.strip() for part in cell.split(",") if part.strip()]
        points = tuple(self._number(line, part) for part in parts)
        if len(points) != len(choices):
            self.findings.refuse(
                N_("The vote names %(choices)s projects and gives points to %(points)s."),
                line,
                choices=len(choices),
                points=len(points),
            )
            return None
        return points

    def _number(self, line: int, part: str) -> Fraction | int:
        if part not in self.numbers:
            number = parse_number(part)
            self.numbers[part] = int(number) if number is not None and number.denominator == 1 else number
        known = self.numbers[part]
        if known is None:
            self.findings.refuse(N_("'%(text)s' is not a number of points."), line, text=part[:40])
        elif known < 0 and self.vote_type is VoteType.CUMULATIVE:
            self.findings.refuse(N_("Points cannot be negative: %(text)s."), line, text=part[:40])
        return known or 0

    def _merge(
        self, line: int, choices: tuple[str, ...], points: tuple[Fraction | int, ...] | None
    ) -> tuple[tuple[str, ...], tuple[Fraction | int, ...] | None]:
        """Count a project that a ballot names twice once, with the points added up."""
        self.findings.remark(N_("The vote names a project twice; it counts once."), line)
        if points is None or self.vote_type is None or not self.vote_type.needs_points:
            return _first_mentions(choices, points)
        sums: dict[str, Fraction | int] = {}
        for name, number in zip(choices, points, strict=True):
            sums[name] = sums.get(name, 0) + number
        return tuple(sums), tuple(sums.values())

    def _check_kind(self, line: int, choices: tuple[str, ...]) -> None:
        if self.vote_type is VoteType.CHOOSE_ONE and len(choices) > 1:
            self.findings.remark(
                N_("The vote names %(count)s projects and may name one."), line, count=len(choices)
            )


def _first_mentions(
    choices: tuple[str, ...], points: tuple[Fraction | int, ...] | None
) -> tuple[tuple[str, ...], tuple[Fraction | int, ...] | None]:
    places = [place for place, name in enumerate(choices) if choices.index(name) == place]
    kept = tuple(choices[place] for place in places)
    return kept, None if points is None else tuple(points[place] for place in places)
