"""The floor: a bare Flask that renders a page of a given size, and one that lists 20 rows through Flask-SQLAlchemy."""

from __future__ import annotations

import os

from flask import Flask, render_template, request
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SENTENCE = "<p>The residents of {{ town }} decide together what their town builds next.</p>\n"
HEAD = "<!doctype html><html lang=en><head><title>{{ town }}</title></head><body><h1>{{ town }}</h1>\n"
LIST = (
    HEAD
    + "<ul>{% for row in rows %}<li>{{ row.title }}: {{ row.cost_cents }}</li>{% endfor %}</ul></body></html>"
)


class Base(DeclarativeBase):
    """Base of the one table."""


db = SQLAlchemy(model_class=Base)


class Row(db.Model):  # type: ignore[name-defined,misc]
    """One of the twenty."""

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    cost_cents: Mapped[int]


app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["FLOOR_DATABASE_URL"]
SIZE = int(os.environ["FLOOR_BYTES"])
PAGE = HEAD + SENTENCE * (SIZE // 75) + "</body></html>"
app.jinja_loader = DictLoader({"page.html": PAGE, "list.html": LIST})
db.init_app(app)


@app.get("/page")
def page() -> str:
    """A template of the same size, compiled once by Jinja's own cache."""
    return render_template("page.html", town="Valclair")


@app.get("/list")
def rows() -> str:
    """Twenty rows from the database."""
    found = db.session.scalars(db.select(Row).order_by(Row.id).limit(20)).all()
    return render_template("list.html", town="Valclair", rows=found)


@app.post("/rows")
def add() -> str:
    """One row more, on disk before the answer."""
    db.session.add(Row(title=request.form["title"], cost_cents=1))
    db.session.commit()
    return "added"


def fill() -> None:
    """Make the table and its rows."""
    with app.app_context():
        db.drop_all()
        db.create_all()
        db.session.add_all(
            Row(title=f"A square of trees, number {n}", cost_cents=n * 1000) for n in range(20)
        )
        db.session.commit()
