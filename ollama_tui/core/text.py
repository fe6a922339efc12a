"""Strings that come from outside, made safe to show."""

from __future__ import annotations

import re

# C0 and C1 controls move the cursor or set the clipboard; bidi controls and zero-width marks
# make one name look like another.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_UNSAFE_BUT_LINES = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")

ASCII = str.maketrans(
    {
        "●": "*", "◐": "%", "★": ">", "✓": "+", "━": "=", "╸": "=", "─": "-", "·": "-",
        "…": "~", "—": "-", "↵": "^", "▴": "^", "▾": "v", "└": "-", "▏": "|", "█": "#",
        "↑": "^", "↓": "v",
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
    return _SURROGATES.sub("\ufffd", _UNSAFE.sub("", text[:limit]))


def clean_lines(text: object, limit: int = 5_000_000) -> str:
    """Text of several lines without control and bidi characters; tabs become blanks."""
    if not isinstance(text, str):
        return ""
    text = text[:limit].replace("\r\n", "\n").expandtabs(4)
    return _SURROGATES.sub("\ufffd", _UNSAFE_BUT_LINES.sub("", text))


def first_line(text: str, limit: int = 200) -> str:
    """The first line that says something, cut to `limit` characters."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= limit else line[: limit - 1] + "…"
