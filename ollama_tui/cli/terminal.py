"""What the terminal behind a stream can do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import TextIO

from ollama_tui.core.errors import OllamaTuiError, reason_of
from ollama_tui.core.handed_on import without_keys
from ollama_tui.core.terminal_size import can_redraw, terminal_size


def has_terminal(term: str) -> bool:
    """Whether the dashboard can be shown: a keyboard, a screen, and one that can move about."""
    streams = (sys.stdin, sys.stdout)
    return can_redraw(term) and all(stream is not None and stream.isatty() for stream in streams)


def stream_width(stream: TextIO | None) -> int | None:
    """How many cells wide the terminal behind a stream is; None if there is no terminal."""
    size = terminal_size(stream)
    return size.columns if size else None


def redrawn_size(stream: TextIO | None) -> os.terminal_size | None:
    """The size of the terminal behind a stream; None if there is none that can redraw."""
    return terminal_size(stream) if can_redraw(os.environ.get("TERM", "")) else None


def terminal_width() -> int | None:
    """How many cells wide the terminal on stderr is; None if there is none that can redraw."""
    size = redrawn_size(sys.stderr)
    return size.columns if size else None


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
        reason = reason_of(error)
        raise OllamaTuiError(f"the program {command[0]} could not be started: {reason}") from error
    finally:
        signal.signal(signal.SIGINT, before)
