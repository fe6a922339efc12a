"""A terminal that takes nothing any more: whoever has to end does not wait for it."""

from __future__ import annotations

import select
import signal
import sys
import threading
import time
from contextlib import suppress

try:
    import termios
except ImportError:  # Windows has none
    termios = None  # type: ignore[assignment]

_PATIENCE = 1.0
"""Seconds that a slow terminal has for what is on its way."""
_BETWEEN = 0.02
"""Seconds between two looks; a terminal holds some kilobytes, and much more may wait for it."""


def end_without_terminal() -> None:
    """From now on throw away what a stalled terminal does not take, until the program has ended.

    Textual's writer waits for the terminal, and the event loop for the writer, so that a signal
    would not be heeded before the terminal goes on, which may be never. To be called in the
    main thread.
    """
    stream = sys.__stderr__
    if termios is not None and stream is not None and stream.isatty():
        signal.signal(signal.SIGURG, _take_no_notice)
        threading.Thread(target=_throw_away, args=(stream.fileno(),), daemon=True).start()


def _throw_away(terminal: int) -> None:
    time.sleep(_PATIENCE)
    with suppress(OSError, ValueError, termios.error):
        while True:
            time.sleep(_BETWEEN)
            if not select.select([], [terminal], [], 0)[1]:
                termios.tcflush(terminal, termios.TCOFLUSH)
                # Linux wakes nobody who waits to write to a terminal that was flushed.
                for thread in threading.enumerate():
                    if thread.ident is not None:
                        signal.pthread_kill(thread.ident, signal.SIGURG)


def _take_no_notice(*_: object) -> None:
    """Stand in for the handler of a signal that only interrupts."""
