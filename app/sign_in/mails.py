"""The letters of signing in."""

from __future__ import annotations

from datetime import datetime

from app.mail import letters, outbox
from app.mail.outbox import Lane
from app.people.rules import mail_address
from app.sign_in.keeping import keep
from app.sign_in.models import SignInCode
from app.sign_in.rules import CODE_LIFE


def send_code(row: SignInCode, code: str, token: str, language: str) -> None:
    """Send a code and its link; not later than they work."""
    letter = letters.write(
        "sign_in/mail/code.txt",
        language,
        code=code,
        minutes=int(CODE_LIFE.total_seconds() // 60),
        handle=row.handle,
        token=token,
    )
    outbox.enqueue(
        letter, mail_address(row.address), key=key_of(row), lane=Lane.CODES, secret_until=row.expires_at
    )


def key_of(row: SignInCode) -> str:
    """The key of the code's letter in the outbox."""
    return f"code:{row.handle}"


def send_invitation(address: str, language: str, url: str, expires_at: datetime) -> None:
    """Send a member of staff the one-time link with which they set their second factor up."""
    letter = letters.write("sign_in/mail/invitation.txt", language, url=url, expires_at=expires_at)
    outbox.enqueue(
        letter, mail_address(address), key=f"invitation:{keep('invitation', url)}", secret_until=expires_at
    )
