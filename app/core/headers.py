"""What every answer says to the browser: no foreign content, no framing, nothing signed-in in a shared cache."""

from __future__ import annotations

from flask import Flask, Response, g, request

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FIXED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def init_app(app: Flask) -> None:
    """Add the headers to every answer."""
    secure = app.config["CIVIC"].base_url.startswith("https:")

    @app.after_request
    def add(answer: Response) -> Response:
        for name, value in FIXED.items():
            answer.headers.setdefault(name, value)
        if secure:
            answer.headers["Strict-Transport-Security"] = "max-age=31536000"
        if "Cache-Control" not in answer.headers:
            private = (
                g.get("me") is not None or request.method not in ("GET", "HEAD") or answer.status_code >= 400
            )
            answer.headers["Cache-Control"] = "private, no-store" if private else "no-cache"
            answer.vary.add("Cookie")
        return answer


def keep_private(answer: Response) -> Response:
    """For pages of which anything is nobody else's business, whoever is signed in: no cache keeps it."""
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def keep_to_reader(answer: Response) -> Response:
    """For pages whose address is its reader's alone: no cache and no search engine keeps it.

    Nor does another site learn of it, by the policy that all pages have. With "no-referrer" a browser would not say from where
    their forms come either, and older ones have no other word for it.
    """
    keep_private(answer)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
