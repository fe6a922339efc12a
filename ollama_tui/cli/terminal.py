"""What the terminal on stderr can do."""

from __future__ import annotations

import os
import sys

_USUAL_WIDTH = 80


def terminal_width() -> int | None:
    """How many cells wide the terminal on stderr is; None if there is none that can redraw."""
    if os.environ.get("TERM", "") in ("", "dumb") or sys.stderr is None:
        return None
    if sys.stderr.closed or not sys.stderr.isatty():
        return None
    try:
        # 0 is what some terminals say who do not know.
        return os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL_WIDTH
    except OSError:
        return _USUAL_WIDTH
