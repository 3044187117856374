"""Letters with a code: made from a file with addresses, printed in the window, good once and for one account (A22, A32)."""

from __future__ import annotations

import re
import shutil
import subprocess
import tracemalloc
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.census import queries as census
from app.census import retention
from app.census import service as census_service
from app.census.models import CensusMatch
from app.core import clock
from app.core.db import db
from app.core.errors import Refusal
from app.core.policy import Role
from app.paper_codes import jobs, pdf, rules, service
from app.paper_codes.addresses import Recipient, read_people
from app.paper_codes.errors import KnownAsOther, NobodyToWrite, WrongFile
from app.paper_codes.models import PaperCode
from app.paper_codes.rules import MOST_LETTERS
from app.verification.models import FailedCheck
from tests.long import LONG
from tests.web.callers import signed_in
from tests.web.conftest import page
from tests.web.forms import send, token
from tests.web.paper_letters import CODE, file, make
from tests.web.rolls import bring, make_list, town
from tests.web.voters import make_people

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
LETTERS = "/en/office/census/1/letters"
FORM = {"until-day": "1", "until-month": "3", "language": "es", "only": "all"}


@pytest.fixture
def roll(app: Flask) -> None:
    """A list with forty people."""
    with app.app_context():
        bring(make_list(), town(40))


def redeem(client: FlaskClient, index: str, code: str) -> int:
    """Type a code; the status."""
    return send(client, CODE, CODE, index=index, code=code).status_code


def upload(officer: FlaskClient, content: bytes, **changed: str) -> tuple[int, bytes]:
    """Send the file to the officers' page: status and answer."""
    year = str(census_service.clock.now().year + 1)
    form = {**FORM, "until-year": year, **changed, "csrf_token": token(page(officer.get(LETTERS)))}
    if int(census_service.clock.now().strftime("%m%d")) < 301:
        form["until-year"] = changed.get("until-year", str(int(year) - 1))
    answer = officer.post(
        LETTERS, data={**form, "file": (BytesIO(content), "a.csv")}, content_type="multipart/form-data"
    )
    return answer.status_code, answer.get_data()


def test_a_code_makes_level_three_once_and_a_second_sending_is_the_same(app: Flask, roll: None) -> None:
    with app.app_context():
        ((index, code),) = make(7)
        kept = db.session.execute(select(PaperCode.code_hash, PaperCode.identity_hash)).all()
        assert code not in str(kept)
    client = signed_in(app, "zoe@valclair.example")
    assert [redeem(client, index, code.lower()) for _ in range(2)] == [303, 303]
    assert "you had a letter with a code" in page(client.get("/en/account/census"))
    assert redeem(signed_in(app, "eve@valclair.example"), index, code) == 422
    with app.app_context():
        match = db.session.scalars(select(CensusMatch)).one()
        assert (match.level, match.way) == (3, "letter")


def test_fifty_who_type_one_code_at_the_same_moment_are_one_person_of_the_list(
    app: Flask, roll: None
) -> None:
    """A32. All have the right code, and no limit keeps them apart; one account is the person, whoever comes first."""
    with app.app_context():
        ((index, code),) = make(7)
        accounts = make_people(50)
        db.session.commit()
    start, answers = Barrier(50), []

    def redeem_one(person_id: int) -> None:
        with app.app_context(), app.test_request_context("/en/"):
            start.wait(30)
            try:
                service.redeem(person_id, index, code, f"10.0.0.{person_id}")
                answer = "known"
            except Refusal as refusal:
                answer = type(refusal).__name__
                if isinstance(refusal, KnownAsOther):
                    db.session.rollback()
            db.session.commit()
            answers.append((answer, person_id))

    threads = [Thread(target=redeem_one, args=(one,)) for one in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    told = Counter(answer for answer, _ in answers)
    ((_, winner),) = [one for one in answers if one[0] == "known"]
    assert told["WrongCode"] + told["KnownAsOther"] == 49
    with app.app_context():
        match = db.session.scalars(select(CensusMatch)).one()
        assert (match.person_id, match.level, match.way) == (winner, 3, "letter")
        assert db.session.scalars(select(PaperCode.used_by)).all() == [winner]


def test_a_new_letter_makes_the_old_one_void_and_whatever_is_wrong_is_answered_alike(
    app: Flask, roll: None
) -> None:
    with app.app_context():
        ((index, old),) = make(7)
        ((again, new),) = make(7)
        ((other, _),) = make(8)
    assert index == again
    client, pages = signed_in(app, "zoe@valclair.example"), set()
    for number, code in ((index, old), (other, new), ("99999", new)):
        answer = send(client, CODE, CODE, index=number, code=code)
        pages.add(re.sub(r'value="[^"]*"', "", page(answer, 422)))
    assert len(pages) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(FailedCheck)) == 3
    assert redeem(client, index, new) == 303


def test_tries_are_counted_and_a_mistyped_sign_is_none(
    app: Flask, roll: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "PER_INDEX", replace(rules.PER_INDEX, most=10))
    with app.app_context():
        ((index, code),) = make(7)
        ((_, wrong),) = make(8)
    client = signed_in(app, "eve@valclair.example")
    for _ in range(8):
        assert redeem(client, index, code[:-1]) == 422
    assert [redeem(client, index, wrong) for _ in range(7)] == [422] * 6 + [429]
    other = signed_in(app, "eve2@valclair.example")
    assert [redeem(other, index, wrong) for _ in range(5)] == [422] * 4 + [429]


def test_a_person_whom_another_account_is_already_is_sent_to_the_desk(app: Flask, roll: None) -> None:
    with app.app_context():
        codes = make(7)
        assert redeem(signed_in(app, "zoe@valclair.example"), *codes[0]) == 303
        (second,) = make(7)
    assert redeem(signed_in(app, "eve@valclair.example"), *second) == 409


def test_codes_end_with_their_day_and_with_their_list(app: Flask, roll: None) -> None:
    with app.app_context():
        ((index, code), _) = make(7, 8)
        db.session.get_one(PaperCode, int(index)).good_until_on = clock.today() - timedelta(days=1)
        db.session.commit()
    assert redeem(signed_in(app, "zoe@valclair.example"), index, code) == 422
    with app.app_context():
        jobs.forget()
        assert db.session.scalar(select(func.count()).select_from(PaperCode)) == 1
        retention.delete_list("worker", census.get_list(1))
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(PaperCode)) == 0


def test_one_row_that_fits_nobody_refuses_all_and_names_its_line(app: Flask, roll: None) -> None:
    with app.app_context():
        for wrong in (file(7, 99), file(7, 8, street=""), file(7) + b"x;y\n"):
            with pytest.raises(WrongFile, match="3" if wrong != file(7, 8, street="") else "2, 3"):
                read_people(census.get_list(1), BytesIO(wrong), only_unknown=False)
        (given,) = make(7)
        assert redeem(signed_in(app, "zoe@valclair.example"), *given) == 303
        with pytest.raises(NobodyToWrite):
            read_people(census.get_list(1), BytesIO(file(7)), only_unknown=True)


def test_an_officer_gets_a_page_each_with_the_address_in_the_window(app: Flask, roll: None) -> None:
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    status, wrong = upload(officer, file(7, 99), **{"until-year": "1999"})
    assert status == 422
    assert b'href="#until"' in wrong
    status, answer = upload(officer, file(7, 8, 9))
    assert status == 200
    assert answer.startswith(b"%PDF")
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (apt install poppler-utils)")
    window = ["-x", "100", "-y", "55", "-W", "90", "-H", "24", "-r", "25.4"]
    shown, whole = (
        subprocess.run(["pdftotext", "-layout", *more, "-", "-"], input=answer, capture_output=True, check=True)
        .stdout.decode().split("\f")[:-1]
        for more in (window, [])
    )  # fmt: skip
    assert len(shown) == 3
    assert [line.strip() for line in shown[0].split("\n") if line.strip()] == [
        "Zoé7 Núñez-7", "12, rue de l'Église", "25300 Señorío-la-Tour",
    ]  # fmt: skip
    index, code = re.search(r"(\d+)\s+C[^\n]*\s([0-9A-Z]{5}-[0-9A-Z]{5})", whole[0]).groups()  # type: ignore[union-attr]
    assert redeem(signed_in(app, "zoe@valclair.example"), index, code) == 303


def test_what_the_font_lacks_is_no_box(app: Flask) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (apt install poppler-utils)")
    one = Recipient(b"x", ("Ḥasan Núñez", "1\u202f000, rue"))
    with app.app_context(), pdf.write([(one, 7, "ABCDEFGHJK")], "fr", clock.today()) as written:
        command = ["pdftotext", "-layout", "-", "-"]
        shown = subprocess.run(command, input=written.read(), capture_output=True, check=True).stdout.decode()
    assert "Hasan Núñez" in shown
    assert "1 000, rue" in shown


def test_letters_take_little_memory_while_they_are_made(app: Flask) -> None:
    one = Recipient(b"x", ("Ştefan Núñez", "1, rue", "25300 Été"))
    number = MOST_LETTERS if LONG else 300
    with app.app_context():
        tracemalloc.start()
        with pdf.write([(one, 7, "ABCDEFGHJK")] * number, "fr", clock.today()) as written:
            size = written.seek(0, 2)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert size > number << 9
    assert peak < (8 << 20) + number * 10_000
