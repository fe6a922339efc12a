"""Readings in a thread of their own, since a driver may take as long as it likes."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

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
        pending = self._pending = self._pending or self._begun()
        await asyncio.wait([pending], timeout=patience)
        if not pending.done():
            return None
        if self._pending is pending:
            self._pending = None
        return pending.result()

    def _begun(self) -> asyncio.Future[Reading]:
        loop = asyncio.get_running_loop()
        pending: asyncio.Future[Reading] = loop.create_future()

        def work() -> None:
            reading = self._source.read()
            # The program may have ended meanwhile.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_tell, pending, reading)

        # Nobody waits for it at the end of the program, as one would for an executor's.
        threading.Thread(target=work, name="gpus", daemon=True).start()
        return pending


def _tell(pending: asyncio.Future[Reading], reading: Reading) -> None:
    if not pending.done():
        pending.set_result(reading)
