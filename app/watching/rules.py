"""A letter made to be watched: its links and a picture become places for addresses of each reader's own. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

OPENED = "opened_url"
"""The field of the picture's address."""
LINK = "link_"
"""The fields of links begin like this, then comes the number."""
PICTURE = 0
"""The number of the picture; links count from one."""
_HREF = re.compile(r'href="([^"]*)"')
_END = "</body>"


def watch(pieces: Sequence[str], numbers: Mapping[str, int], note: str) -> list[str]:
    """The pieces of a letter as HTML, with these links led through the site, a note that says so, and the picture."""
    made: list[str] = []
    for at, piece in enumerate(pieces):
        if at % 2:
            made.append(piece)
            continue
        text = ""
        end = 0
        for found in _HREF.finditer(piece):
            number = numbers.get(html.unescape(found[1]))
            if number is not None:
                made += [text + piece[end : found.start(1)], f"{LINK}{number}"]
                text, end = "", found.end(1)
        made.append(text + piece[end:])
    head, _, tail = made[-1].rpartition(_END)
    said = f'<p style="margin:0;padding:8px;text-align:center;font-size:13px;color:#484949">{html.escape(note)}</p>'
    return [*made[:-1], f'{head}{said}<img src="', OPENED, f'" width="1" height="1" alt="">{_END}{tail}']


def watchable(links: Sequence[str]) -> list[str]:
    """The links that can be led through the site: pages, each once."""
    return list(dict.fromkeys(one for one in links if one.startswith(("https://", "http://"))))
