"""Reports of mail servers, for tests, in the forms that they have in the wild."""

from __future__ import annotations

POSTFIX = """\
Return-Path: <>
Date: Sun, 29 Nov 2026 03:00:00 +0000 (UTC)
From: MAILER-DAEMON@mx.reader.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4F1E22A0.1764385200/mx.reader.example"
Message-Id: <20261129030000.5A3B@mx.reader.example>

This is a MIME-encapsulated message.

--4F1E22A0.1764385200/mx.reader.example
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

I'm sorry to have to inform you that your message could not be delivered.

--4F1E22A0.1764385200/mx.reader.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.reader.example
X-Postfix-Queue-ID: 4F1E22A0
Arrival-Date: Sun, 29 Nov 2026 03:00:00 +0000 (UTC)

Final-Recipient: rfc822; gone@reader.example
Original-Recipient: rfc822;gone@reader.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--4F1E22A0.1764385200/mx.reader.example
Content-Description: Undelivered Message
Content-Type: message/rfc822

Return-Path: <eve+1-aaaaaaaaaaaaaaaa@elsewhere.example>
To: gone@reader.example
Subject: News

Text.

--4F1E22A0.1764385200/mx.reader.example--
"""
COMPLAINT = """\
From: <abuse@provider.example>
To: <abuse@valclair.example>
Subject: FW: News
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=part1_13d

--part1_13d
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--part1_13d
Content-Type: message/feedback-report

Feedback-Type: {sort}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{to}>
Original-Rcpt-To: <user@provider.example>

--part1_13d
Content-Type: message/rfc822

From: <civic@participe.valclair.example>
Subject: News

Text.
--part1_13d--
"""
GONE = "550 5.1.1 <gone@reader.example>: Recipient address rejected: User unknown in virtual mailbox table"


def bounce(to: str, action: str = "failed", status: str = "5.1.1", diagnostic: str = GONE) -> bytes:
    """A report as Postfix writes it, to this return path."""
    return (
        POSTFIX.format(to=to, action=action, status=status, diagnostic=diagnostic)
        .replace("\n", "\r\n")
        .encode()
    )


def complaint(to: str, sort: str = "abuse") -> bytes:
    """A complaint as providers send it (RFC 5965), about the letter of this return path."""
    return COMPLAINT.format(to=to, sort=sort).replace("\n", "\r\n").encode()
