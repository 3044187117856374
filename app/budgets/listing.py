"""The list of projects as one visitor sees it: filtered, in an order drawn for that visitor or from A to Z."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from flask import current_app, g

from app.budgets import rules
from app.budgets.models import Project
from app.budgets.queries import Poll
from app.core import clock, languages
from app.processes.rules import in_language


@dataclass(frozen=True)
class Listing:
    """Projects to show, and what the filters can be set to."""

    projects: list[Project]
    total: int
    districts: list[str]
    categories: list[str]
    chosen: dict[str, str]

    @property
    def ids(self) -> set[int]:
        """Ids of the projects shown."""
        return {project.id for project in self.projects}

    @classmethod
    def of(cls, poll: Poll, asked: Mapping[str, str], *, eligible_only: bool = False) -> Listing:
        """The list for this visitor; `asked` may hold q, district, category and sort (title, cost, or the drawn order)."""
        everything = [project for project in poll.projects if project.is_eligible or not eligible_only]
        chosen = {name: asked.get(name, "")[:200] for name in ("q", "district", "category", "sort")}
        shown = [project for project in everything if _matches(project, chosen)]
        districts, categories = poll.kept(
            f"filters:{eligible_only}:{languages.current()}", partial(_filters, everything)
        )
        return cls(
            projects=_sorted(shown, chosen["sort"], poll),
            total=len(everything),
            districts=districts,
            categories=categories,
            chosen=chosen,
        )


def said(texts: Mapping[str, str]) -> str:
    """The text in the language of the page, or in the nearest there is."""
    return in_language(texts, languages.current(), current_app.config["CIVIC"].languages[0])


def _filters(projects: list[Project]) -> tuple[list[str], list[str]]:
    districts = {text for one in projects if (text := said(one.district))}
    categories = {text for one in projects if (text := said(one.category))}
    return sorted(districts), sorted(categories)


def _matches(project: Project, chosen: Mapping[str, str]) -> bool:
    if chosen["district"] and said(project.district) != chosen["district"]:
        return False
    if chosen["category"] and said(project.category) != chosen["category"]:
        return False
    return not chosen["q"].strip() or _plain(chosen["q"].strip()) in _plain(said(project.title))


def _sorted(projects: list[Project], sort: str, poll: Poll) -> list[Project]:
    if sort == "title":
        return sorted(projects, key=lambda project: _plain(said(project.title)))
    if sort == "cost":
        return sorted(projects, key=lambda project: project.cost_cents)
    return [poll.by_id[one] for one in rules.shuffled((project.id for project in projects), _seed(poll))]


def _seed(poll: Poll) -> str:
    # Before sign-in there is no cookie to hang an order on: the draw then lasts a day.
    me = g.get("me")
    who = f"person:{me.id}" if me else f"day:{clock.now().date()}"
    return f"{poll.process.id}:{who}"


def _plain(text: str) -> str:
    return "".join(
        sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign)
    ).casefold()
