"""Letters with a code for tests: the file with addresses, and what is printed."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from app.census import queries as census
from app.core import clock
from app.core.db import db
from app.paper_codes import service
from app.paper_codes.addresses import read_people
from tests.web.rolls import HEADER, row

CODE = "/en/account/census/code"


def file(*numbers: int, street: str = "12, rue de l'Église") -> bytes:
    """A file with the addresses of these people."""
    rows = [f"{row(number)};{street};25300;Señorío-la-Tour" for number in numbers]
    return "\n".join([f"{HEADER};address;postcode;town", *rows, ""]).encode()


def make(*numbers: int) -> list[tuple[str, str]]:
    """Letters to these people; their indexes and codes."""
    target = census.get_list(1)
    people = read_people(target, BytesIO(file(*numbers)), only_unknown=False)
    until = clock.today() + timedelta(days=30)
    made = service.make("person:1", target, people, until)
    db.session.commit()
    return [(str(index), code) for _, index, code in made]
