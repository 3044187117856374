"""Reports of mail servers are read as they are, and nothing that anybody sends breaks the reading."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bounces.reports import MOST_BYTES, Report, read
from app.mail.verdicts import Stage, Verdict, judge
from tests.web.returned_mail import GONE, bounce, complaint

BEGUN = b"Content-Type: multipart/report; boundary=x\n\n"
BACK = "bounces+7-abcdefghijklmnop@mail.valclair.example"


def test_a_bounce_says_its_kind_its_answer_and_where_it_came_back_to() -> None:
    report = read(bounce(BACK))
    assert (report.kind, report.answer) == ("bounced", f"5.1.1 {GONE}")
    assert report.return_paths[0] == BACK
    assert judge(report.answer, Stage.REPORT) is Verdict.HARD


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "kind", "verdict"),
    [
        ("failed", "5.0.0", "550 5.1.1 No such user", "bounced", Verdict.HARD),
        ("failed", "5.2.2", "552 5.2.2 Over quota", "bounced", Verdict.SOFT),
        ("failed", "4.4.1", "connect to mx: timed out", "bounced", Verdict.SOFT),
        ("failed", "5.7.1", "550 5.7.1 No such user, says the spam filter", "bounced", Verdict.NONE),
        ("failed (x)", "5.1.1 (no such user)", "", "bounced", Verdict.HARD),
        ("Delayed", "4.4.1", "timed out", "delayed", Verdict.SOFT),
        ("delivered", "2.0.0", "250 OK", "delivered", Verdict.NONE),
        ("relayed", "2.0.0", "250 OK", "", Verdict.NONE),
        ("expanded", "2.0.0", "250 OK", "", Verdict.NONE),
    ],
)  # fmt: skip
def test_every_kind_of_report(action: str, status: str, diagnostic: str, kind: str, verdict: Verdict) -> None:
    report = read(bounce(BACK, action, status, diagnostic))
    assert (report.kind, judge(report.answer, Stage.REPORT)) == (kind, verdict)


def test_a_complaint_names_the_return_path_of_the_letter() -> None:
    report = read(complaint(BACK))
    assert (report.kind, report.answer) == ("complained", "abuse")
    assert f"<{BACK}>" in report.return_paths
    assert read(complaint(BACK, "not-spam")).kind == ""


def test_of_several_recipients_the_one_that_failed_counts() -> None:
    both = b"Action: delivered\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient: rfc822; x\r\nAction: failed"
    report = read(bounce(BACK).replace(b"Action: failed", both))
    assert (report.kind, report.answer) == ("bounced", f"5.1.1 {GONE}")


@pytest.mark.parametrize(
    "change",
    [
        (b"multipart/report", b"multipart/mixed"), (b"message/delivery-status", b"text/plain"),
        (b"boundary=", b"border="), (b"boundary=", b"boundary*=utf-7''"), (b"Action: failed", b"Action: "),
        (b"--4F1E22A0", b"--xx"),
    ],
)  # fmt: skip
def test_what_does_not_look_like_a_report_is_none(change: tuple[bytes, bytes]) -> None:
    assert read(bounce(BACK).replace(*change)).kind == ""


def test_signs_that_no_address_or_answer_holds_are_kept_out_of_both() -> None:
    report = read(
        bounce(BACK, diagnostic="550 5.1.1 \x1b[31mred\x00 é \udce9".encode("utf-8", "replace").decode())
    )
    assert report.answer.isprintable()
    assert "é" in report.answer


@pytest.mark.parametrize(
    "content",
    [
        bounce(BACK)[:200] + b"A: b\r\n" * 200_000, b"\n" * MOST_BYTES, b" " * MOST_BYTES, b"\0" * MOST_BYTES,
        b"Content-Type: multipart/report; " + b"boundary=" * 100_000,
        BEGUN + b"--x\n" * 250_000,
        BEGUN + b"--x\nContent-Type: message/delivery-status\n\n" + b"a:b\n\n" * 200_000,
        b"Content-Type: multipart/report;\n" + b" boundary=x\n" * 80_000,
    ],
    ids=range(8),
)  # fmt: skip
def test_the_worst_message_costs_little(content: bytes) -> None:
    """A41."""
    begun = time.process_time()
    read(content)
    assert time.process_time() - begun < 5


@given(
    st.binary(max_size=3_000)
    | st.integers(0, 3_000).flatmap(
        lambda cut: st.binary(max_size=9).map(lambda b: bounce(BACK)[:cut] + b + bounce(BACK)[cut + len(b) :])
    )
)
def test_nothing_breaks_the_reading(content: bytes) -> None:
    assert isinstance(read(content), Report)
