"""Whose fault a "no" is, by answers that real mail servers give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mail.verdicts import Stage, Verdict, judge

HARD, SOFT, NONE = Verdict.HARD, Verdict.SOFT, Verdict.NONE
AT_RECIPIENT = [
    ("550 5.1.1 <x@y.example>: Recipient address rejected: User unknown in local recipient table", HARD),
    ("550 5.1.1 The email account that you tried to reach does not exist. Please try\n5.1.1 double-checking", HARD),
    ("550-5.1.1 The email account that you tried to reach does not exist", HARD),
    ("550 No such user", HARD),
    ("550 Requested action not taken: mailbox unavailable", HARD),
    ("553 5.1.3 Bad recipient address syntax", HARD),
    ("556 5.1.10 Recipient address has null MX", HARD),
    ("550 5.2.1 The email account that you tried to reach is disabled", HARD),
    ("550 5.1.0 Address rejected. Unknown user", HARD),
    ("550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)", HARD),
    ("554 delivery error: dd This user doesn't have a yahoo.com account (x@y.example) [0]", HARD),
    ("554 30 Sorry, your message to x@y.example cannot be delivered. This mailbox is disabled (554.30).", HARD),
    ("552 1 Requested mail action aborted, mailbox not found", HARD),
    ("550 5.5.0 Boite du destinataire archivee", HARD),
    ("553 5.3.0 <x@y.example>... Addressee unknown", HARD),
    ("552 Requested mail action aborted: mailbox full", SOFT),
    ("550 Mailbox quota exceeded", SOFT),
    ("554 delivery error: this message to the user was not taken", NONE),
    ("554 5.5.0 Transaction failed for this recipient", NONE),
    ("552 Message larger than the recipient takes", NONE),
    ("450 4.3.0 Recipient address: temporary failure, mailbox unavailable", NONE),
    ("450 4.1.2 Recipient address rejected: Domain not found", SOFT),
    ("552 5.2.2 Mailbox full", SOFT),
    ("452 4.2.2 The email account that you tried to reach is over quota", SOFT),
    ("450 4.2.1 The user you are trying to contact is receiving mail too quickly", SOFT),
    ("550 5.4.1 Recipient address rejected: Access denied", SOFT),
    ("550 Oh no", SOFT),
    ("450 mailbox unavailable", SOFT),
    ("554 5.7.1 <x@y.example>: Relay access denied", NONE),
    ("550 5.7.1 Our system has detected that this message is likely unsolicited mail", NONE),
    ("550 5.7.26 Unauthenticated email from valclair.example is not accepted due to domain's DMARC policy", NONE),
    ("550 Blocked: see https://lists.example/?ip=192.0.2.1", NONE),
    ("550 relay not permitted, user unknown to us", NONE),
    ("550 5.1.0 Sender address rejected: mailbox unknown", NONE),
    ("553 5.1.8 Sender address rejected: Domain not found", NONE),
    ("451 4.7.1 Greylisting in action, please come back later", NONE),
    ("450 4.4.1 No answer from host", NONE),
    ("451 4.3.0 Temporary lookup failure", NONE),
    ("552 5.3.4 Message size exceeds fixed limit", NONE),
    ("503 5.5.1 Error: need MAIL command", NONE),
    ("454 TLS not available", NONE),
    ("", NONE),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "verdict"), AT_RECIPIENT)
def test_only_the_address_s_own_fault_counts_against_it(answer: str, verdict: Verdict) -> None:
    assert judge(answer, Stage.RECIPIENT) is verdict


def test_after_the_letter_only_a_clear_word_on_the_mailbox_counts() -> None:
    assert judge("550 5.1.1 User unknown", Stage.LETTER) is HARD
    assert judge("550 5.2.2 Mailbox full", Stage.LETTER) is SOFT
    assert judge("550 No such user, or perhaps you are not liked", Stage.LETTER) is NONE
    assert judge("554 5.6.0 Message content rejected", Stage.LETTER) is NONE


def test_a_report_after_days_of_trying_speaks_against_the_address() -> None:
    assert judge("4.4.1 connect to mx.y.example: Connection timed out", Stage.REPORT) is SOFT
    assert judge("4.4.1 connect to mx.y.example: Connection timed out", Stage.RECIPIENT) is NONE
    assert judge("5.4.4 Host or domain name not found", Stage.REPORT) is SOFT
    assert judge("5.0.0 unknown user", Stage.REPORT) is HARD
    assert judge("5.7.1 spam", Stage.REPORT) is NONE


@given(st.text(max_size=400), st.sampled_from(Stage))
def test_any_answer_can_be_judged(answer: str, stage: Stage) -> None:
    assert judge(answer, stage) in Verdict
