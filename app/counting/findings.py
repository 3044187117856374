"""What the reader finds on its way through a file: faults that refuse it, oddities that it lets pass."""

from app.counting.errors import Fault, RefusedFile


class Findings:
    """Collects everything wrong, so that a person sees all of it at once.

    `strict` turns oddities into faults: the site refuses to import what `civic count` only remarks on,
    because a recount must read what a city has published, and an import may still be corrected.
    """

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.faults: list[Fault] = []
        self.oddities: list[Fault] = []

    def refuse(self, template: str, line: int | None = None, **values: object) -> None:
        """Note something that makes the file uncountable."""
        self.faults.append(Fault(template, line, values))

    def remark(self, template: str, line: int | None = None, **values: object) -> None:
        """Note something that real files contain and that changes no count (docs/counting.md lists them)."""
        (self.faults if self.strict else self.oddities).append(Fault(template, line, values))

    def settle(self) -> tuple[Fault, ...]:
        """End the reading: the oddities. Raises: RefusedFile with every fault."""
        if self.faults:
            raise RefusedFile(self.faults)
        return tuple(self.oddities)
