"""What the terminal behind a stream can do."""

from __future__ import annotations

import os
import sys
from typing import TextIO

_USUAL_WIDTH = 80


def stream_width(stream: TextIO | None) -> int | None:
    """How many cells wide the terminal behind a stream is; None if there is no terminal."""
    if stream is None or stream.closed or not stream.isatty():
        return None
    try:
        # 0 is what some terminals say who do not know.
        return os.get_terminal_size(stream.fileno()).columns or _USUAL_WIDTH
    except OSError:
        return _USUAL_WIDTH


def terminal_width() -> int | None:
    """How many cells wide the terminal on stderr is; None if there is none that can redraw."""
    if os.environ.get("TERM", "") in ("", "dumb"):
        return None
    return stream_width(sys.stderr)
