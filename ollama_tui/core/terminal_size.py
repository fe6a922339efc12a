"""How large the terminal is, and whether it can redraw what it shows."""

from __future__ import annotations

import os
from typing import TextIO

USUAL = os.terminal_size((80, 24))


def terminal_size(stream: TextIO | None) -> os.terminal_size | None:
    """The cells and lines of the terminal behind a stream; None if there is no terminal.

    The terminal alone is asked: COLUMNS and LINES, which some shells export, stay as they were
    when it is resized. A side that it does not know, and tells as 0, is the usual one.
    """
    if stream is None or stream.closed or not stream.isatty():
        return None
    try:
        found = os.get_terminal_size(stream.fileno())
    except OSError:
        return USUAL
    return os.terminal_size((found.columns or USUAL.columns, found.lines or USUAL.lines))


def can_redraw(term: str) -> bool:
    """Whether a terminal of that TERM can draw over what it shows."""
    return term not in ("", "dumb")
