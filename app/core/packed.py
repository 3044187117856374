"""Files that are made once and handed out often: kept packed, and sent so to every reader that unpacks by itself."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass

from flask import Response, request


@dataclass(frozen=True)
class Packed:
    """A file as gzip packs it, and the SHA-256 of what it holds."""

    content: bytes
    sha256: str

    @classmethod
    def of(cls, plain: bytes) -> Packed:
        """Pack it; the same file always gives the same bytes."""
        return cls(gzip.compress(plain, mtime=0), hashlib.sha256(plain).hexdigest())

    def answer(self, mimetype: str) -> Response:
        """Hand it out; who has it already is told so (304)."""
        answer = Response(mimetype=mimetype)
        if request.accept_encodings.quality("gzip") > 0:
            answer.headers["Content-Encoding"] = "gzip"
            answer.set_data(self.content)
        else:
            answer.set_data(gzip.decompress(self.content))
        answer.vary.add("Accept-Encoding")
        answer.set_etag(self.sha256, weak=True)
        return answer.make_conditional(request)  # type: ignore[return-value]
