"""The PROJECTS section: ids, costs, and what the organiser wrote beside them."""

from fractions import Fraction

from app.counting.election import Project
from app.counting.errors import N_
from app.counting.findings import Findings
from app.counting.money import parse_number
from app.counting.table import Table

UNDERSTOOD = ("project_id", "cost", "name", "category", "district", "selected", "excludes")


class ProjectRows(Table):
    """Projects in the order of the list."""

    title = "PROJECTS"
    required = ("project_id", "cost")

    def __init__(self, findings: Findings) -> None:
        super().__init__(findings)
        self.rows: list[Project] = []
        self.by_id: dict[str, str] = {}
        self.lines: dict[str, int] = {}

    def take_row(self, line: int, row: list[str]) -> None:
        """Take one project."""
        if not self.is_readable:
            return
        blank = dict.fromkeys(self.required, "")
        cells = blank | {name: cell.strip() for name, cell in zip(self.columns, row, strict=False)}
        project_id, cost = cells["project_id"], self._cost(line, cells)
        if not project_id:
            self.findings.refuse(N_("The project has no project_id."), line)
        elif project_id in self.by_id:
            self.findings.refuse(
                N_("Project '%(id)s' is listed twice (first on line %(first)s)."),
                line,
                id=project_id,
                first=self.lines[project_id],
            )
        elif "," in project_id:
            self.findings.refuse(
                N_("Project id '%(id)s' contains a comma, which separates ids in a vote."),
                line,
                id=project_id,
            )
        else:
            self.by_id[project_id] = project_id
            self.lines[project_id] = line
            self.rows.append(self._project(line, cells, cost))

    def _project(self, line: int, cells: dict[str, str], cost: Fraction) -> Project:
        return Project(
            id=cells["project_id"],
            cost=cost,
            name=cells.get("name", ""),
            category=cells.get("category", ""),
            district=cells.get("district", ""),
            selected=self._selected(line, cells.get("selected", "")),
            excludes=tuple(part.strip() for part in cells.get("excludes", "").split(",") if part.strip()),
            extra={name: cell for name, cell in cells.items() if name and name not in UNDERSTOOD},
        )

    def _cost(self, line: int, cells: dict[str, str]) -> Fraction:
        text = cells.get("cost", "")
        cost = parse_number(text)
        if cost is None:
            self.findings.refuse(
                N_("The cost of project '%(id)s' is not an amount: '%(text)s'."),
                line,
                id=cells["project_id"][:40],
                text=text[:40],
            )
        elif cost < 0:
            self.findings.refuse(
                N_("The cost of project '%(id)s' is negative: %(text)s."),
                line,
                id=cells["project_id"][:40],
                text=text,
            )
        return cost or Fraction(0)

    def _selected(self, line: int, text: str) -> int | None:
        number = parse_number(text)
        if number in (0, 1, 2, 3):
            return int(number)
        if text:
            self.findings.remark(
                N_("Column 'selected' says '%(text)s'; it may be 0 to 3."), line, text=text[:40]
            )
        return None
