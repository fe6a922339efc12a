"""Values as Go prints them."""

from __future__ import annotations

import json
from decimal import Decimal


def literal(value: object) -> str:
    """What `%#v` prints of a value that was read from JSON."""
    return _quoted(value) if isinstance(value, str) else plain(value)


def plain(value: object) -> str:
    """What `%v` prints of it."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number(value) if isinstance(value, int | float) else str(value)


def _number(value: float) -> str:
    """JSON knows no whole numbers for Go, which writes large ones with an exponent."""
    exact = Decimal(repr(float(value))).normalize()
    exponent = exact.adjusted()
    if exact and not -4 <= exponent < 6:
        return f"{exact.scaleb(-exponent):f}e{exponent:+03d}"
    return f"{exact:f}"


def _quoted(text: str) -> str:
    marked = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in marked)
