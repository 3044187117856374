"""Who opens mailings: noted only while the council has switched it on, said to readers, forgotten in time."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.core.policy import Role
from app.mail.letters import writing_in
from app.readers import queries, watched
from app.readers.models import Mailing, Recipient
from app.readers.rules import OUTCOMES
from app.segments import queries as segments
from app.segments import rules, wording
from app.segments.names import load_names
from app.sending import sifting
from app.watching import service
from app.watching.models import WatchedLink
from app.watching.rules import watch
from app.watching.tokens import Seen, address
from tests.web.callers import signed_in
from tests.web.conftest import make_client, page
from tests.web.forms import send
from tests.web.readers import OFFICER, again, confirm, deliver, draft, let_begin, reader
from tests.web.smtp_sink import Sink

BODY = "Hello {name|you}: [look](https://elsewhere.example/a?b=1&c=2) and [here](/en/associations), [write](mailto:x@y.example)."
NEW_SEGMENT = "/en/office/segments/new"
TEXTS = {"en": {"subject": "News", "body": BODY}}


def written(sink: Sink, address: str) -> tuple[str, str]:
    """Plain text and HTML of the last letter to this reader."""
    letter = [mail for to, mail in sink.received if to == address][-1]
    plain, html = letter.iter_parts()
    return plain.get_content(), html.get_content()


def sent(monkeypatch: pytest.MonkeyPatch) -> Mailing:
    """A mailing that everybody has got."""
    mailing = draft(texts=TEXTS)
    confirm(mailing)
    let_begin(monkeypatch)
    deliver()
    return again(mailing)


def addresses_in(html: str) -> list[str]:
    """The addresses of a letter that lead through the site, the picture's last."""
    return re.findall(r'"https://participe.valclair.example(/en/news/[^"]+)"', html)


def days_of(person: int) -> tuple[bool, bool]:
    """Whether it is known that they opened a letter, and that they followed a link."""
    db.session.expire_all()
    row = db.session.scalars(select(Recipient).where(Recipient.person_id == person)).one()
    return row.opened_on is not None, row.clicked_on is not None


def test_while_it_is_off_no_letter_has_a_picture_or_a_link_that_leads_through_the_site(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader("ana@example.org")
    service.switch(OFFICER, is_on=True)
    service.switch(OFFICER, is_on=False)
    mailing = sent(monkeypatch)
    plain, html = written(sink, "ana@example.org")
    assert (addresses_in(html), "<img" in html, mailing.is_watched) == ([], False, False)
    assert 'href="https://elsewhere.example/a?b=1&amp;c=2"' in html
    assert "tells us whether you open it" not in plain + html
    assert db.session.scalar(select(func.count()).select_from(WatchedLink)) == 0


def test_what_a_reader_does_is_noted_but_not_what_is_fetched_beforehand(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, bo = reader("ana@example.org"), reader("bo@example.org")
    service.switch(OFFICER, is_on=True)
    mailing = sent(monkeypatch)
    plain, html = written(sink, "ana@example.org")
    assert "https://elsewhere.example/a?b=1&c=2" in plain, "the plain text stays as it was written"
    assert "tells us whether you open it" in html
    assert 'href="mailto:x@y.example"' in html
    first, second, picture = addresses_in(html)
    assert not set(addresses_in(html)) & set(addresses_in(written(sink, "bo@example.org")[1]))
    client = make_client(site)
    for heads in ({"Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}):
        client.get(first, headers=heads)
    client.head(first)
    client.head(picture)
    assert days_of(ana) == (False, False)
    answer = client.get(picture)
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("image/gif", "private, no-store")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin", "mail is read on another site"
    assert days_of(ana) == (True, False)
    answer = client.get(first)
    assert (answer.status_code, answer.location) == (302, "https://elsewhere.example/a?b=1&c=2")
    assert client.get(second).location == "https://participe.valclair.example/en/associations"
    assert (days_of(ana), days_of(bo)) == ((True, True), (False, False))
    assert watched.count(mailing.id) == (1, 1)
    assert "Set-Cookie" not in answer.headers


def test_nobody_can_make_an_address_that_leads_elsewhere_or_notes_for_another(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = reader("ana@example.org")
    service.switch(OFFICER, is_on=True)
    mailing = sent(monkeypatch)
    client = make_client(site)
    first, _, picture = addresses_in(written(sink, "ana@example.org")[1])
    signature = first.rpartition("/")[2].split("-", 3)[3]
    base = "https://participe.valclair.example"
    for one in (
        f"/en/news/{mailing.id}-{ana}-9-{signature}",
        f"/en/news/{mailing.id}-{ana + 1}-1-{signature}",
        first[:-1],
        picture.replace(".gif", ""),
        "/en/news/https://evil.example",
        "/en/news/%2f%2fevil.example",
        address(Seen(mailing.id, ana, 99), "en").removeprefix(base),
        address(Seen(9999, ana, 1), "en").removeprefix(base),
    ):
        assert client.get(one, follow_redirects=True).status_code == 404, one
    assert watched.count(mailing.id) == (0, 0)
    assert client.get(f"{first}?to=https://evil.example").location == "https://elsewhere.example/a?b=1&c=2"


def test_outcomes_are_readers_of_the_next_mailing_until_they_are_forgotten(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, clicked, neither, back = (
        reader(f"{n}@example.org") for n in ("opened", "clicked", "neither", "back")
    )
    service.switch(OFFICER, is_on=True)
    mailing = sent(monkeypatch)
    client = make_client(site)
    client.get(addresses_in(written(sink, "opened@example.org")[1])[-1])
    client.get(addresses_in(written(sink, "clicked@example.org")[1])[0])
    row = db.session.get_one(Recipient, (mailing.id, back))
    row.state = "came-back"
    db.session.commit()

    def meant() -> dict[str, set[int]]:
        audiences = {kind: draft(audience=f"{kind}:{mailing.id}", title=kind) for kind in OUTCOMES}
        return {kind: set(db.session.scalars(sifting.ids(one))) for kind, one in audiences.items()}

    everybody = {opened, clicked, neither}
    assert meant() == {"sent": everybody, "unopened": {neither}, "clicked": {clicked}, "back": {back}}
    assert sifting.try_out(queries.list_mailings()[2]).total == 1
    late = clock.now() + watched.KEPT + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert watched.forget_old() == 1
    db.session.commit()
    for name in ("opened", "neither"):  # who reads it again a year later is not noted anew
        for one in addresses_in(written(sink, f"{name}@example.org")[1]):
            assert client.get(one).status_code in (200, 302)
    assert (days_of_all(), again(mailing).is_watched) == (0, False)
    assert meant() == {"sent": everybody, "unopened": set(), "clicked": set(), "back": {back}}


def test_a_segment_asks_what_became_of_a_mailing_and_says_when_that_is_forgotten(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    clicked, neither = (reader(f"{n}@example.org") for n in ("clicked", "neither"))
    unwatched = sent(monkeypatch)
    let_begin(monkeypatch)  # minutes pass
    service.switch(OFFICER, is_on=True)
    mailing = sent(monkeypatch)
    make_client(site).get(addresses_in(written(sink, "clicked@example.org")[1])[0])
    officer = signed_in(site, "marta@valclair.example", Role.OFFICER)

    def built(outcome: str) -> str:
        fields = {"n.what": "all", "n-0.what": f"mailing:{outcome}", "n-0.mailing": str(mailing.id)}
        with site.app_context():  # the page chooses its language anew
            return page(send(officer, NEW_SEGMENT, NEW_SEGMENT, do="count", **fields))

    def people(raw: dict[str, object]) -> set[int]:
        return {row[0] for row in segments.iter_people(rules.parse(raw))}

    html = built("unopened")
    assert "was sent the mailing “News” and did not open it" in html
    assert "1 person" in html
    offered = re.compile(r'value="(\d+)"[^>]*>News \(')
    assert offered.findall(html) == [str(mailing.id)]
    assert offered.findall(built("back")) == [str(mailing.id), str(unwatched.id)]
    asked = {"field": "mailing", "relation": "clicked", "mailing": mailing.id}
    assert people(asked) == {clicked}
    assert neither in people({"not": asked})
    late = clock.now() + watched.KEPT + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    watched.forget_old()
    db.session.commit()
    assert people(asked) == set()
    with writing_in("en"):
        for rule, true_of in ((asked, "nobody"), ({"not": asked}, "everybody")):
            said = wording.sentence(rules.parse(rule), load_names())
            assert said.endswith(f"(who opened it is not known any more: true of {true_of})")


def days_of_all() -> int:
    """How many readers are known to have opened something."""
    known = Recipient.opened_on.is_not(None) | Recipient.clicked_on.is_not(None)
    return db.session.scalar(select(func.count()).select_from(Recipient).where(known)) or 0


def test_an_officer_switches_it_on_and_the_privacy_page_says_so(app: Flask) -> None:
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    said = "tell whether you open them"
    place = "/en/office/mailings/watching"
    assert said not in page(make_client(app).get("/en/privacy"))
    assert send(officer, place, place).status_code == 303
    for lang in ("fr", "es", "en"):
        page(officer.get(f"/{lang}/office/mailings/watching"))
    assert said in page(make_client(app).get("/en/privacy"))
    assert send(officer, place, place, off="1").status_code == 303
    resident = signed_in(app, "ana@valclair.example")
    assert resident.get(place).status_code == 403
    with app.app_context():
        number = draft(texts=TEXTS).id
    page(officer.get(f"/en/office/mailings/{number}/text"))


def test_a_letter_without_links_still_has_the_note_and_the_picture() -> None:
    assert watch(["<body>Hi ", "name", "</body></html>"], {}, "A & B") == [
        "<body>Hi ", "name",
        '<p style="margin:0;padding:8px;text-align:center;font-size:13px;color:#484949">A &amp; B</p><img src="', "opened_url",
        '" width="1" height="1" alt=""></body></html>',
    ]  # fmt: skip
