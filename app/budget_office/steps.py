"""What an officer does to a budget that residents see: asked once more before, said after. Words only."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask_babel import gettext, ngettext

from app.budget_office.tasks import Task
from app.budgets.queries import Poll
from app.core.formats import format_when
from app.processes.rules import Span, find_balloting


@dataclass(frozen=True)
class Question:
    """A step asked once more: what it means, what is to be known before, and the words of its two ways out."""

    title: str
    lead: str
    confirm: str
    stay: str
    points: list[str] = field(default_factory=list)
    is_grave: bool = False


def question(step: str, poll: Poll, tasks: list[Task]) -> Question:
    """What is asked before `step`: publish, open, close or results."""
    return {"publish": _publish, "open": _open, "close": _close, "results": _results}[step](poll, tasks)


def about_dates(before: Span, after: Span, begun: int) -> Question:
    """Asked before the dates of a published vote are moved; `begun`: how many began or voted already."""
    told = ngettext(
        "%(num)s person who began or voted is told by letter.",
        "%(num)s people who began or voted are told by letter.",
        begun,
    )
    return Question(
        gettext("Move the dates?"),
        gettext("Residents have read the dates of before."),
        gettext("Move the dates"),
        gettext("Leave them as they are"),
        [
            gettext("Before: from %(start)s until %(end)s", **_ends(before)),
            gettext("Now: from %(start)s until %(end)s", **_ends(after)),
            *([told] if begun else []),
        ],
    )


def about_withdrawal(title: str, voters: int) -> Question:
    """Asked before a project is taken out of the vote; `voters`: how many have voted already."""
    voted = ngettext(
        "%(num)s person has voted already. Their votes for this project no longer count.",
        "%(num)s people have voted already. Their votes for this project no longer count.",
        voters,
    )
    return Question(
        gettext("Take “%(title)s” out of the vote?", title=title),
        gettext("From now on nobody can choose it. You can bring it back until the vote closes."),
        gettext("Take it out"),
        gettext("Leave it in"),
        [voted] if voters else [],
        is_grave=True,
    )


def done(what: str) -> str:
    """What is said after a step or a form; "" for what this page never says."""
    return {
        "publish": gettext("It is published. Residents can read it."),
        "open": gettext("The vote is open."),
        "close": gettext("The vote is closed. The ballots are being counted."),
        "results": gettext("The results are published."),
        "dates": gettext("The dates are saved."),
        "texts": gettext("The texts are saved."),
        "rule": gettext("The counting rule is saved."),
        "who": gettext("Who may vote is saved."),
    }.get(what, "")


def _publish(poll: Poll, tasks: list[Task]) -> Question:
    lead, begins = gettext("Residents can read its projects from now on."), _beginning(poll)
    if begins:
        lead += " " + gettext("The vote opens by itself on %(when)s.", when=begins)
    confirm = gettext("Publish; it opens by itself")
    return Question(gettext("Publish it?"), lead, confirm, gettext("Not yet"), _unfinished(tasks))


def _open(poll: Poll, tasks: list[Task]) -> Question:
    lead, begins = gettext("Residents can vote from this moment on."), _beginning(poll)
    if begins:
        lead += " " + gettext("You had set %(when)s.", when=begins)
    confirm = gettext("Open the vote now")
    return Question(gettext("Open the vote now?"), lead, confirm, gettext("Not yet"), _unfinished(tasks))


def _close(_poll: Poll, _tasks: list[Task]) -> Question:
    return Question(
        gettext("Close the vote early?"),
        gettext("The ballots are counted at once. The vote cannot be opened again."),
        gettext("Close the vote for good"),
        gettext("Leave it open"),
        is_grave=True,
    )


def _results(_poll: Poll, _tasks: list[Task]) -> Question:
    return Question(
        gettext("Publish the results?"),
        gettext("Everybody can read them from this moment on, and they stay. Look at them once more before."),
        gettext("Publish the results"),
        gettext("Not yet"),
    )


def _beginning(poll: Poll) -> str:
    phase = find_balloting(poll.process.spans)
    return format_when(phase.starts_at) if phase else ""


def _unfinished(tasks: list[Task]) -> list[str]:
    return [
        gettext("Not done yet: %(task)s", task=task.title)
        for task in tasks
        if task.tone == "soon" and task.url
    ]


def _ends(span: Span) -> dict[str, str]:
    return {"start": format_when(span.starts_at), "end": format_when(span.ends_at)}
