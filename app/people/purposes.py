"""What letters are for, and the very words to which people say yes: the proof of a consent is its text.

A text that has been shown is never changed: another one is added behind it, and is the next version. Do so only when what is
promised changes; a consent to an older text no longer counts then, and people are asked anew (GDPR, article 4 (11): "specific").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Texts = Mapping[str, str]
"""A text by language."""


@dataclass(frozen=True)
class Purpose:
    """One purpose. `texts` are all versions that were ever shown, the oldest first; the last one is shown now."""

    key: str
    names: Texts
    texts: tuple[Texts, ...]

    @property
    def version(self) -> int:
        """The version of the text that is shown now; the first is 1."""
        return len(self.texts)

    def name(self, language: str) -> str:
        """What the purpose is called."""
        return self.names[language]

    def text(self, language: str, version: int | None = None) -> str:
        """The text to which people say yes: the one shown now, or that of a version."""
        return self.texts[(version or self.version) - 1][language]


PURPOSES = (
    Purpose(
        "newsletter",
        {"en": "Newsletter", "fr": "Lettre d’information", "es": "Boletín"},
        (
            {
                "en": "I want to receive the council's newsletter by e-mail. I can stop it at any time.",
                "fr": "Je souhaite recevoir par courriel la lettre d’information de la mairie. "
                "Je peux l’arrêter à tout moment.",
                "es": "Deseo recibir por correo electrónico el boletín del ayuntamiento. "
                "Puedo dejar de recibirlo en cualquier momento.",
            },
        ),
    ),
    Purpose(
        "processes",
        {
            "en": "News of processes",
            "fr": "Nouvelles des consultations",
            "es": "Noticias de los procesos",
        },
        (
            {
                "en": "I want an e-mail when something opens on this site, and when it is decided. I can stop this at any time.",
                "fr": "Je souhaite un courriel quand une consultation s’ouvre sur ce site, et quand la décision est prise. "
                "Je peux arrêter à tout moment.",
                "es": "Deseo un correo electrónico cuando se abra un proceso en este sitio y cuando se decida. "
                "Puedo dejar de recibirlos en cualquier momento.",
            },
        ),
    ),
    Purpose(
        "invitations",
        {
            "en": "Invitations to assemblies and surveys",
            "fr": "Invitations aux assemblées et aux enquêtes",
            "es": "Invitaciones a asambleas y encuestas",
        },
        (
            {
                "en": "I want to be invited by e-mail to assemblies and surveys. I can stop this at any time.",
                "fr": "Je souhaite recevoir par courriel des invitations aux assemblées et aux enquêtes. "
                "Je peux arrêter à tout moment.",
                "es": "Deseo recibir por correo electrónico invitaciones a asambleas y encuestas. "
                "Puedo dejar de recibirlas en cualquier momento.",
            },
        ),
    ),
)
"""Those of letters by e-mail and on paper."""
SMS = Purpose(
    "sms",
    {"en": "SMS", "fr": "SMS", "es": "SMS"},
    (
        {
            "en": "I want the council's news on my telephone by SMS when no e-mail reaches me. I can stop it at any time.",
            "fr": "Je souhaite les nouvelles de la mairie par SMS sur mon téléphone quand aucun courriel ne m’atteint. "
            "Je peux arrêter à tout moment.",
            "es": "Deseo las noticias del ayuntamiento por SMS en mi teléfono cuando ningún correo electrónico me llega. "
            "Puedo dejar de recibirlas en cualquier momento.",
        },
    ),
)
"""Another way of reaching people is another yes. Offered only where the site sends SMS (`consent.list_offered`)."""
BY_KEY: Mapping[str, Purpose] = {purpose.key: purpose for purpose in (*PURPOSES, SMS)}
