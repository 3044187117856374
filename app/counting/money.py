"""Numbers as people and programs write them in .pb files, read exactly or not at all."""

import re
from fractions import Fraction

SPACES = str.maketrans("", "", " \u00a0\u202f")
DECIMAL = re.compile(r"[+-]?\d+(?:\.\d*)?")
GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3}){2,}(?:\.\d*)?|[+-]?\d{1,3}(?:,\d{3})+\.\d*")
AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
LONGEST = 40


def parse_number(text: str) -> Fraction | None:
    """Read ``1200``, ``1200.50``, ``1200,50``, ``1 200`` or ``1,200,000`` exactly; None for anything else.

    ``1,200`` is refused: it is a thousand to some and a little over one to others.
    """
    if text.isascii() and text.isdigit() and len(text) <= LONGEST:
        return Fraction(int(text))
    text = text.translate(SPACES)
    if len(text) > LONGEST or AMBIGUOUS.fullmatch(text):
        return None
    if GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    return Fraction(text.removesuffix(".")) if text.isascii() and DECIMAL.fullmatch(text) else None


def plain_number(amount: Fraction | int) -> str:
    """Write an amount so that `parse_number` reads the same amount back: ``1200``, ``1200.5``.

    Only amounts with a finite decimal form come from files; others (a share per voter) are cut at six
    decimals.
    """
    if amount.denominator == 1:
        return str(amount.numerator)
    whole, rest = divmod(abs(Fraction(amount)), 1)
    digits = 0
    while rest.denominator != 1 and digits < LONGEST // 2:
        rest, digits = rest * 10, digits + 1
    sign = "-" if amount < 0 else ""
    if rest.denominator != 1:
        return f"{sign}{float(abs(amount)):.6f}"
    return f"{sign}{whole}.{rest.numerator:0{digits}d}"


def as_json_number(amount: Fraction) -> int | float:
    """An amount for JSON: a whole number stays one."""
    return amount.numerator if amount.denominator == 1 else float(amount)
