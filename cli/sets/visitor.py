"""Somebody who visits a booted release as its proxy's clients do: keeps cookies, sends forms, signs in as an administrator."""

from __future__ import annotations

import re
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

import pyotp

from cli.errors import Failure
from cli.lifecycle.ask import OverSocket
from cli.sets.boot import ScratchSite

MAILBOX = "civic-drill"
SECONDS = 30
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_KEY = re.compile(r"<code>([A-Z2-7 ]{16,})</code>")


class Visitor:
    """One browser without scripts."""

    def __init__(self, site: ScratchSite, origin: str) -> None:
        self._site = site
        self._origin = origin
        self._cookies: dict[str, str] = {}
        self.page = ""

    def get(self, path: str) -> str:
        """Go to a page, and on to where it leads; its text.

        Raises: Failure when the site does not answer with a page.
        """
        return self._go("GET", path)

    def send(self, path: str, **fields: str) -> str:
        """Send a form of the page one is on."""
        token = _TOKEN.search(self.page)
        return self._go("POST", path, {"csrf_token": unescape(token[1]) if token else "", **fields})

    def _go(self, method: str, path: str, fields: dict[str, str] | None = None) -> str:
        headers = {
            "Host": urlsplit(self._origin).netloc,
            "Origin": self._origin,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "127.0.0.1",
            "Cookie": "; ".join(f"{name}={text}" for name, text in self._cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        link = OverSocket(self._site.socket, SECONDS)
        try:
            link.request(method, path, urlencode(fields or {}), headers)
            answer = link.getresponse()
            self.page = answer.read().decode("utf-8", "replace")
        finally:
            link.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self._cookies |= {name: one.value for name, one in SimpleCookie(line).items()}
        if answer.status in (302, 303):
            target = urlsplit(answer.headers["Location"])
            return self._go("GET", target.path + (f"?{target.query}" if target.query else ""))
        if answer.status != 200:
            raise Failure(
                f"{method} {path.partition('/one-time/')[0] or path} is answered with {answer.status}.",
                "The site serves as before.",
                "civic doctor",
            )
        return self.page


def sign_in(site: ScratchSite) -> None:
    """Sign in to the scratch site as an administrator made for it, second factor and all, and open the back office.

    Raises: Failure with the page that did not come.
    """
    address = f"{MAILBOX}@{site.hostname}"
    added = site.app_commands().call(
        "admin-add", address, standing="The site serves as before.", then="civic doctor"
    )
    link = urlsplit(added["link"])
    visitor = Visitor(site, f"{link.scheme}://{link.netloc}")
    visitor.get(link.path)
    key = _KEY.search(visitor.send(link.path))
    if key is None:
        raise Failure(
            "The one-time link shows no key for the second factor.",
            "The site serves as before.",
            "civic doctor",
        )
    visitor.send(f"{link.path}/set-up", number=pyotp.TOTP(key[1].replace(" ", "")).now())
    visitor.get(f"/{link.path.split('/')[1]}/office/staff")
