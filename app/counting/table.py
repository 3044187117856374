"""What the three sections of a .pb file share: a header line that names the columns, then rows."""

from app.counting.errors import N_
from app.counting.findings import Findings


class Table:
    """A section being read. Subclasses name their required columns and take the rows."""

    title = ""
    required: tuple[str, ...] = ()

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.columns: tuple[str, ...] = ()
        self.line = 0
        self.is_readable = False

    def open(self, line: int) -> None:
        """Begin at the title line; the next row is the header."""
        self.line, self.columns = line, ()

    def take(self, line: int, row: list[str]) -> None:
        """Take the header first, then rows."""
        if not self.columns:
            self._take_header(line, row)
            return
        if len(row) > len(self.columns) and any(cell.strip() for cell in row[len(self.columns) :]):
            self.findings.remark(
                N_("The row has %(cells)s cells and the header %(columns)s: what is left over is ignored."),
                line,
                cells=len(row),
                columns=len(self.columns),
            )
        self.take_row(line, row)

    def take_row(self, line: int, row: list[str]) -> None:
        """Take one row of data."""
        raise NotImplementedError

    def _take_header(self, line: int, row: list[str]) -> None:
        names = [cell.strip().lower() for cell in row]
        while names and not names[-1]:
            names.pop()
        self.columns = tuple(names)
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.findings.refuse(
                N_("Section %(title)s has two columns named '%(name)s'."), line, title=self.title, name=name
            )
        for name in self.required:
            if name not in names:
                self.findings.refuse(
                    N_("Section %(title)s has no column '%(name)s' in its header."),
                    line,
                    title=self.title,
                    name=name,
                )
        self.is_readable = all(name in names for name in self.required)
        self.header_is_read()

    def header_is_read(self) -> None:
        """Look up where the columns are, once the header is known."""
