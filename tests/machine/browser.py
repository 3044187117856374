"""A browser that knows no script: HTTPS with the host's own authority, cookies, forms. One for each person."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from dataclasses import dataclass
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from tests.machine.host import Host
from tests.machine.town import HOSTNAME

AUTHORITY = "/var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt"
BOUNDARY = "----------------a-form-with-a-file"
WAIT_SECONDS = 60
Fields = list[tuple[str, str]]


@dataclass(frozen=True)
class Page:
    """What the site answered, redirects followed: `path` is where they ended."""

    status: int
    path: str
    body: bytes

    @property
    def text(self) -> str:
        """The page as text, without entities."""
        return unescape(self.body.decode())

    def hidden(self) -> Fields:
        """Name and value of the hidden fields, the token among them."""
        return re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.text)


class Link(http.client.HTTPSConnection):
    """A connection to the host's address for the name of the site, as if DNS led there; opens again by itself."""

    def __init__(self, address: str, trust: ssl.SSLContext) -> None:
        super().__init__(HOSTNAME, timeout=WAIT_SECONDS)
        self._address, self._trust = address, trust

    def connect(self) -> None:
        """Dial and shake hands."""
        plain = socket.create_connection((self._address, 443), timeout=WAIT_SECONDS)
        self.sock = self._trust.wrap_socket(plain, server_hostname=HOSTNAME)


def trust_in(host: Host) -> ssl.SSLContext:
    """Trust in the authority that the host made for itself (tls=internal) and in no other."""
    return ssl.create_default_context(cadata=host.read(AUTHORITY))


class Browser:
    """Keeps cookies and the page it is on."""

    def __init__(self, host: Host, trust: ssl.SSLContext) -> None:
        self._link = Link(host.address, trust)
        self._cookies: dict[str, str] = {}
        self.page = Page(0, "/", b"")

    def get(self, path: str) -> Page:
        """Go to a page."""
        return self._request("GET", path)

    def send(self, path: str, fields: Fields | None = None) -> Page:
        """Send a form of the page one is on to `path`: its token and `fields`."""
        body = urlencode(self._token() + (fields or []))
        return self._request("POST", path, body.encode(), "application/x-www-form-urlencoded")

    def send_file(self, path: str, fields: Fields, name: str, file: bytes) -> Page:
        """Send a form with one file, as `multipart/form-data` (RFC 7578)."""
        parts = b"".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{text}\r\n'.encode()
            for field, text in self._token() + fields
        )
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.pb"\r\n\r\n'
        body = parts + head.encode() + file + f"\r\n--{BOUNDARY}--\r\n".encode()
        return self._request("POST", path, body, f"multipart/form-data; boundary={BOUNDARY}")

    def close(self) -> None:
        """Leave the site; the cookies stay."""
        self._link.close()

    def _token(self) -> Fields:
        return [field for field in self.page.hidden() if field[0] == "csrf_token"][:1]

    def _request(self, method: str, path: str, body: bytes | None = None, form: str = "") -> Page:
        headers = {"Cookie": "; ".join(f"{name}={text}" for name, text in self._cookies.items())}
        if method == "POST":
            headers |= {"Content-Type": form, "Origin": f"https://{HOSTNAME}"}
        self._link.request(method, path, body, headers)
        answer = self._link.getresponse()
        read = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self._cookies |= {name: one.value for name, one in SimpleCookie(line).items()}
        target = urlsplit(answer.headers.get("Location") or "")
        if answer.status == 303:
            return self._request("GET", target.path + (f"?{target.query}" if target.query else ""))
        self.page = Page(answer.status, path, read)
        return self.page
