"""What the terminal behind a stream can do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import TextIO

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.handed_on import without_keys

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


async def run_program(command: Sequence[str]) -> int:
    """Run a program on the terminal and give the code that it ends with.

    Ctrl-C is the program's own meanwhile. Where stdout is no terminal, it draws on stderr.

    Raises:
        OllamaTuiError: when it cannot be started.
    """
    import asyncio

    output = sys.stderr if stream_width(sys.stdout) is None else None
    # A handler, not SIG_IGN, which the program would inherit.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return await asyncio.to_thread(
            subprocess.call, list(command), stdout=output, env=without_keys(os.environ)
        )
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OllamaTuiError(f"{command[0]} could not be started: {reason}") from error
    finally:
        signal.signal(signal.SIGINT, before)
