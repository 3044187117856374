"""Segments of members and delegates, built without scripts and read in words."""

from __future__ import annotations

from flask import Flask

from app.associations.rules import Standing
from app.core.db import db
from app.core.policy import Role
from app.segments import compiling, eligibility, queries, rules
from tests.web import clubs
from tests.web.callers import signed_in
from tests.web.conftest import page
from tests.web.forms import send
from tests.web.juries import saved

NEW = "/en/office/segments/new"
CLUB = {
    "en": (
        "is a delegate of the association “Green Hands”",
        "is neither a member nor a delegate of any association about: Sport",
    ),
    "fr": (
        "est délégué de l’association «\u202fGreen Hands\u202f»",
        "n’est ni membre ni délégué d’une association ayant pour thème\u00a0: Sport",
    ),
    "es": (
        "es delegado de la asociación «Green Hands»",
        "no es miembro ni delegado de ninguna asociación de este tema: Deporte",
    ),
}


def test_a_segment_asks_who_is_what_in_which_association(app: Flask) -> None:
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    green, sport = clubs.register(app), clubs.register(app, "Runners", theme="sport")
    delegate = clubs.join(app, green, "dora@example.org")
    member = clubs.join(app, green, "mia@example.org", Standing.MEMBER)
    clubs.join(app, green, "asks@example.org", Standing.ASKED)
    clubs.join(app, sport, "dora@example.org", Standing.MEMBER)
    what = {
        "n.what": "all",
        "n-0.what": "association:named",
        "n-0.association": str(green),
        "n-0.standing": "delegate",
    }
    html = page(send(officer, NEW, NEW, **{"n.what": "all", "n.new": "association:named", "do": "add:n"}))
    assert f'<option value="{green}">Green Hands</option>' in html
    assert "1 person" in page(send(officer, NEW, NEW, do="count", **what))
    assert 'href="#n-0.standing"' in page(
        send(officer, NEW, NEW, do="save", **what | {"n-0.standing": "boss"}), 400
    )
    named = {"field": "association", "relation": "named", "association": green, "standing": "member"}
    sporty = {"field": "association", "relation": "of-theme", "theme": "sport", "standing": "member"}
    other = {"not": sporty}
    number = saved(app, {"all": [{**named, "standing": "delegate"}, other]}, name="Delegates of green")
    with app.app_context():
        found = {
            raw["relation"]: set(db.session.scalars(compiling.people(rules.parse(raw), queries.moment())))
            for raw in (named, sporty)
        }
        assert found == {"named": {delegate, member}, "of-theme": {delegate}}
        assert not eligibility.list_changing(rules.parse(named))
    for lang, words in CLUB.items():
        html = page(officer.get(f"/{lang}/office/segments/{number}"))
        for one in words:
            assert one in html
    here = f"/en/office/segments/{number}"
    answer = send(officer, f"{here}/why", here, who="dora@example.org", version="1")
    html = page(officer.get(answer.location.partition("#")[0]))
    assert "is neither a member nor a delegate" in html
