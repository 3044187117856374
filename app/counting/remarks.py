"""Compares what the organiser published beside the projects with what the ballots say."""

from fractions import Fraction

from app.counting.election import Election
from app.counting.errors import N_
from app.counting.findings import Findings
from app.counting.money import parse_number, plain_number
from app.counting.tally import count_score, count_votes


def remark_on_totals(election: Election, findings: Findings) -> None:
    """Remark on every project whose published votes or score differ from the ballots: the ballots decide."""
    counted: dict[str, dict[str, int] | dict[str, Fraction]] = {"votes": count_votes(election)}
    if "score" in election.columns and election.vote_type.has_score:
        counted["score"] = count_score(election)
    for column, totals in counted.items():
        for project in election.projects:
            published = parse_number(project.extra.get(column, ""))
            if published is not None and published != totals[project.id]:
                findings.remark(
                    N_("Project '%(id)s': '%(column)s' says %(published)s, the ballots say %(counted)s."),
                    id=project.id,
                    column=column,
                    published=plain_number(published),
                    counted=plain_number(totals[project.id]),
                )
