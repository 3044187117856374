"""Asks the register over HTTPS: one address, one question, so many seconds for all of it, following nobody elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.census.matching import Sought
from app.core import https
from app.core.https import NoAnswer
from app.registers import rules
from app.registers.errors import Unavailable
from app.registers.rules import Registered
from app.settings import Settings


@dataclass(frozen=True)
class Register:
    """Where the register is, what opens it, how long it may take, and how it calls things."""

    url: str
    token: str = field(repr=False)
    seconds: float
    fields: Mapping[str, str]
    authority: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Register:
        """The register of a site."""
        fields = dict(pair.split("=", 1) for pair in settings.remote_census_fields)
        return cls(
            settings.remote_census_url,
            settings.remote_census_token,
            float(settings.remote_census_seconds),
            fields,
            settings.remote_census_ca,
        )

    def find(self, who: Sought) -> list[Registered]:
        """The people whom the register means by this. Raises: Unavailable; a redirect counts as no answer."""
        asked = rules.question(who.number, (who.family, who.given), who.born, self.fields)
        status, body = self._post(asked)
        if status != 200:
            raise Unavailable(f"it answered {status}")
        return rules.read_answer(body, self.fields)

    def _post(self, body: bytes) -> tuple[int, bytes]:
        heads = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            return https.post(self.url, body, heads, self.seconds, self.authority)
        except NoAnswer as silent:
            raise Unavailable(str(silent)) from None
