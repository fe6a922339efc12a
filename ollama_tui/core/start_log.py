"""What a server's log says of its start, read as seldom as that will do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Lock

from ollama_tui.core.server_start import ServerStart, server_start

KEPT_FOR = 300.0
"""Seconds after which it is read anew: the server may have been started again."""


class StartLog:
    """The log of one server; whoever asks, it is read once."""

    def __init__(
        self,
        lines: Callable[[], Sequence[str]] = tuple,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read nothing yet.

        Args:
            lines: reads those from the last start on, and may block; none where they cannot be.
            clock: seconds.
        """
        self._lines, self._clock = lines, clock
        self._lock = Lock()
        self._read_at = float("-inf")
        self.known = ServerStart()
        """What was read last."""

    def read(self) -> ServerStart:
        """What it says; it may block for seconds."""
        with self._lock:
            if self._clock() - self._read_at >= KEPT_FOR:
                # First, so that what is forgotten during the look is read anew.
                self._read_at = self._clock()
                self.known = server_start(self._lines())
            return self.known

    def forget(self) -> None:
        """Read it anew the next time: the server was away."""
        self._read_at = float("-inf")


def start_log_of(url: str) -> StartLog:
    """The log of the server at an address, as far as it is on this machine."""

    def lines() -> Sequence[str]:
        from ollama_tui.core.server_log import read_server_log, usual_places

        return read_server_log(url, usual_places()).start

    return StartLog(lines)
