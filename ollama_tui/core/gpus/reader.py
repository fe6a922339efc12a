"""Readings in a thread of their own, since a driver may take as long as it likes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ollama_tui.core.daemon import in_daemon

if TYPE_CHECKING:
    from ollama_tui.core.gpus.machine import GpuSource
    from ollama_tui.core.gpus.values import Reading


class GpuReader:
    """Asks for one reading at a time; while one hangs, none is begun besides."""

    def __init__(self, source: GpuSource) -> None:
        """Read nothing yet."""
        self._source = source
        self._pending: asyncio.Future[Reading] | None = None

    async def read(self, patience: float) -> Reading | None:
        """The next reading; None if it is not there after so many seconds.

        It is not given up then: the next call waits for the same one.
        """
        pending = self._pending = self._pending or in_daemon(self._source.read)
        await asyncio.wait([pending], timeout=patience)
        if not pending.done():
            return None
        if self._pending is pending:
            self._pending = None
        return pending.result()
