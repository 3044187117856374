"""Markdown as plain text: what a reader without pictures and colours gets, and a mail program shows in the list. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

_RULE = "- - -"
_WIDEST = 70


def render(tokens: Sequence[Token]) -> str:
    """The text of markdown-it's tokens: paragraphs apart, lists with their signs, links followed by their address."""
    return _Writing().write(tokens)


class _Writing:
    """One text on its way."""

    def __init__(self) -> None:
        self.text = ""
        self.was_tight = False
        self.lists: list[int | None] = []
        self.quotes = 0
        self.sign = ""

    def write(self, tokens: Sequence[Token]) -> str:
        """All blocks, an empty line between them."""
        before = None
        for token in tokens:
            if token.type == "inline":
                self._add_lines(inline(token.children or []), before)
            elif token.type in ("fence", "code_block"):
                self._add(token.content.rstrip("\n"))
            elif token.type == "hr":
                self._add(_RULE)
            else:
                self._turn(token)
            before = token
        return self.text + "\n"

    def _turn(self, token: Token) -> None:
        """Go into a list, entry or quotation, or out of it."""
        if token.type == "bullet_list_open":
            self.lists.append(None)
        elif token.type == "ordered_list_open":
            self.lists.append(int(token.attrGet("start") or 1))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self.lists.pop()
        elif token.type == "list_item_open":
            self._begin_entry()
        elif token.tag == "blockquote":
            self.quotes += token.nesting

    def _add_lines(self, text: str, opened: Token | None) -> None:
        """Add what stands in a paragraph or heading, which `opened` began."""
        if opened is not None and opened.type == "heading_open":
            sign = "=" if opened.tag == "h1" else "-"
            text += "\n" + sign * min(max(map(len, text.split("\n"))), _WIDEST)
        self._add(text, is_tight=opened is not None and opened.hidden)

    def _begin_entry(self) -> None:
        number = self.lists[-1]
        self.sign = "- " if number is None else f"{number}. "
        if number is not None:
            self.lists[-1] = number + 1

    def _add(self, text: str, *, is_tight: bool = False) -> None:
        depth = "  " * max(0, len(self.lists) - 1)
        indent = depth + (" " * (len(self.sign) or 2) if self.lists else "")
        lines = text.split("\n")
        first = depth + self.sign + lines[0] if self.sign else indent + lines[0]
        self.sign = ""
        quote = "> " * self.quotes
        block = "\n".join(quote + line for line in [first, *(indent + line for line in lines[1:])])
        between = "" if not self.text else "\n" if is_tight and self.was_tight else "\n\n"
        self.text, self.was_tight = self.text + between + block, is_tight


def inline(tokens: Sequence[Token]) -> str:
    """The text of what stands on a line."""
    parts: list[str] = []
    opened: list[tuple[int, str]] = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "image":
            parts.append(f"[{token.content}]" if token.content else "")
        elif token.type == "link_open":
            opened.append((len(parts), str(token.attrGet("href") or "")))
        elif token.type == "link_close":
            at, address = opened.pop()
            shown = address.removeprefix("mailto:").removeprefix("tel:")
            if "".join(parts[at:]) not in (address, shown):
                parts.append(f" <{shown}>")
    return "".join(parts)
