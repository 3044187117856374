"""Whoever was there before officers could search is made findable by the worker, in portions."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import delete

from app.core.db import db
from app.people import jobs, search
from app.people.models import PersonWord
from tests.web.callers import person_of


def test_the_worker_makes_everybody_findable(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    (job,) = jobs.JOBS
    monkeypatch.setattr(search, "BATCH", 2)  # three portions, the last one not full
    names = ("Ana López", "Luis", "Zoé Martin", "Marta", "Iñaki")
    for place, name in enumerate(names):
        person_of(app, f"reader{place}@example.org", name=name)
    with app.app_context():
        db.session.execute(delete(PersonWord).where(PersonWord.word != "luis"))
        db.session.commit()
        job.run()
        job.run()
        for term, name in (
            ("zoe", "Zoé Martin"),
            ("inak", "Iñaki"),
            ("reader0", "Ana López"),
            ("luis", "Luis"),
        ):
            assert [person.display_name for person in search.find_people(term)] == [name]
        assert len(search.find_people("reader")) == len(names) - 1, "Luis has words, and keeps those"
