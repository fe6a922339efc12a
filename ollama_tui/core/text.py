"""Strings that come from outside, made safe to show."""

from __future__ import annotations

import math
import re

# C0 and C1 controls move the cursor or set the clipboard; bidi controls, zero-width marks and
# tags make one name look like another, or hide words.
_MARKS = (
    "\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f"
)
# Compiled where the first text needs it, which at a start seldom is.
_UNSAFE = f"[\x00-\x1f{_MARKS}]"
_UNSAFE_BUT_LINES = f"[\x00-\x08\x0b-\x1f{_MARKS}]"
_SURROGATES = "[\ud800-\udfff]"
_PIECE = 65_536
"""Characters that are cleaned without a pause."""

ASCII = str.maketrans(
    {
        "●": "*", "◐": "%", "★": ">", "✓": "+", "━": "=", "╸": "=", "─": "-", "·": "-",
        "…": "~", "—": "-", "↵": "<", "▴": "^", "▾": "v", "└": "-", "▏": "|", "█": "#",
        "↑": "^", "↓": "v", "°": "o",
    }
)  # fmt: skip
"""What is drawn where the terminal has no Unicode; each sign keeps its width of one cell."""


def clean(text: object, limit: int = 1000) -> str:
    """One line of text without control and bidi characters, at most `limit` characters long.

    Anything that is not a string gives an empty one.
    """
    if not isinstance(text, str):
        return ""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    return re.sub(_SURROGATES, "\ufffd", re.sub(_UNSAFE, "", text[:limit]))


def as_sentence(clause: str) -> str:
    """A clause with its capital; a name, an address or a path at its beginning stays as it is.

    What has no sign in it is taken for a word: a clause begins with a model only as the server
    spells it, which is with its tag.
    """
    is_word = clause.split(" ", 1)[0].replace("-", "").isalpha()
    return f"{clause[:1].upper()}{clause[1:]}" if is_word else clause


def in_shell(text: str) -> str:
    """A word of a command that people paste into a shell; ordinary names stay as they are."""
    import shlex

    return shlex.quote(clean(text))


def clean_lines(text: object, limit: int = 5_000_000) -> str:
    """Text of several lines without control and bidi characters; tabs become blanks."""
    if not isinstance(text, str):
        return ""
    text = text[:limit].replace("\r\n", "\n").expandtabs(4)
    # A search holds up all other threads until it is over, so it takes a piece at a time.
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    return "".join(map(_clean_piece, pieces))


def storable(text: str) -> str:
    """A text as UTF-8 can hold it: JSON can tell halves of characters."""
    return text if text.isascii() else re.sub(_SURROGATES, "\ufffd", text)


def clean_value(found: object, levels: int = 50) -> object:
    """A value of JSON with all its texts clean; what is nested deeper than `levels` is None.

    So is a number that JSON has no word for.
    """
    if isinstance(found, str):
        return clean_lines(found, len(found))
    if isinstance(found, float) and not math.isfinite(found):
        return None
    if not isinstance(found, dict | list):
        return found
    if not levels:
        return None
    if isinstance(found, list):
        return [clean_value(item, levels - 1) for item in found]
    return {clean(name): clean_value(item, levels - 1) for name, item in found.items()}


def first_line(text: str, limit: int = 200) -> str:
    """The first line that says something, cut to `limit` characters."""
    # Of a text of megabytes no more than that line is looked at.
    lines = text.lstrip()[: limit + 1].splitlines()
    line = lines[0].strip() if lines else ""
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _clean_piece(text: str) -> str:
    return storable(re.sub(_UNSAFE_BUT_LINES, "", text))
