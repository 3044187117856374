"""The tie rule: who goes first among equals. Declared before the vote, the same on every machine.

The default is the order of the list: of two projects with the same votes the one that stands first in
PROJECTS goes first (Pabulib's checker does the same). Where a charter says "by lot", `drawn_by_lot`
shuffles the list by a seed that anybody can check: publish the seed's source (a lottery number, say) before
the vote.
"""

from collections.abc import Sequence
from hashlib import sha256

from app.counting.election import Project


def by_list_order(projects: Sequence[Project]) -> dict[str, int]:
    """Give every project its precedence among equals: its place in the list. Less goes first."""
    return {project.id: place for place, project in enumerate(projects)}


def drawn_by_lot(projects: Sequence[Project], seed: str) -> dict[str, int]:
    """Give every project a precedence drawn by a published seed.

    Each project's lot is the SHA-256 of the seed, a line feed and its id, both in UTF-8; the smallest goes
    first. Neither the order of the list nor the other projects change a project's lot.
    """
    drawn = sorted(projects, key=lambda project: sha256(f"{seed}\n{project.id}".encode()).digest())
    return {project.id: place for place, project in enumerate(drawn)}
