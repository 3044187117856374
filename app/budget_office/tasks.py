"""The officers' list of tasks for one budget, each with where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, url_for
from flask_babel import gettext, ngettext

from app.budgets.queries import Poll
from app.budgets.wording import rule_name, who_may_vote
from app.core.languages import NATIVE
from app.processes.rules import Stage, find_balloting


@dataclass(frozen=True)
class Task:
    """One line of the list; `url` is None while the task cannot be begun."""

    title: str
    url: str | None
    hint: str | None
    status: str
    tone: str | None


def list_tasks(poll: Poll, stage: Stage) -> list[Task]:
    """What is done and what is to do before residents can vote."""
    budget, process = poll.budget, poll.process
    has_dates = find_balloting(process.spans) is not None
    missing = [NATIVE[code] for code in current_app.config["CIVIC"].languages if not process.title.get(code)]
    left_out = ngettext(
        "The file held %(num)s ballot; it was not cast.",
        "The file held %(num)s ballots; they were not cast.",
        budget.votes_left_out,
    )
    has_opened = stage in (Stage.OPEN, Stage.CLOSED, Stage.FINISHED)
    return [
        Task(
            gettext("Look through the projects"),
            _page("projects", poll),
            left_out if budget.votes_left_out else None,
            ngettext("%(num)s project", "%(num)s projects", len(poll.projects)),
            None,
        ),
        Task(
            gettext("Write the texts"),
            _page("texts", poll),
            gettext("No title yet in: %(languages)s", languages=", ".join(missing)) if missing else None,
            *_standing(not missing),
        ),
        Task(
            gettext("Choose the counting rule"),
            _page("rule", poll),
            rule_name(budget.rule)
            if budget.rule
            else gettext("The file does not name a rule that this site knows."),
            *_standing(bool(budget.rule)),
        ),
        Task(
            gettext("Say who may vote"),
            _page("who", poll),
            who_may_vote(process.who_may_vote),
            *_standing(True),
        ),
        Task(gettext("Set the dates"), _page("dates", poll), None, *_standing(has_dates)),
        Task(gettext("Open the vote"), None, _when_it_opens(stage), *_standing(has_opened)),
    ]


def _when_it_opens(stage: Stage) -> str | None:
    return gettext("Published: it opens by itself at the hour set.") if stage is Stage.COMING else None


def _page(name: str, poll: Poll) -> str:
    return url_for(f"budget_office.{name}", slug=poll.process.slug)


def _standing(is_done: bool) -> tuple[str, str | None]:
    return (gettext("Done"), None) if is_done else (gettext("To do"), "soon")
