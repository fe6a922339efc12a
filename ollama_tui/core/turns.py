"""When each download runs: those that are leased at once, the others when their turn comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Self

from ollama_tui.core.connection import Connection
from ollama_tui.core.download import Download
from ollama_tui.core.download_table import DownloadTable
from ollama_tui.core.pull_rules import PullRules
from ollama_tui.core.puller import Puller

_log = logging.getLogger(__name__)


class Turns:
    """Runs the downloads of a table, as many side by side as the rules allow."""

    def __init__(
        self,
        table: DownloadTable,
        puller: Puller,
        clock: Callable[[], float],
        ended: Callable[[Download], Awaitable[None]],
    ) -> None:
        """Nothing runs yet.

        Args:
            table: the downloads.
            puller: asks the server.
            clock: seconds that never go backwards.
            ended: is called once a download has run to its end.
        """
        self._table, self._puller, self._clock, self._ended = table, puller, clock, ended
        self._held = AsyncExitStack()
        self._group: asyncio.TaskGroup | None = None

    async def __aenter__(self) -> Self:
        """Be ready to run downloads, until the block is left."""
        self._group = await self._held.enter_async_context(asyncio.TaskGroup())
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Wait for what was cancelled, and close the connections."""
        await self._held.aclose()
        await self._puller.aclose()

    def adopt(self, connection: Connection, rules: PullRules) -> None:
        """Reach the server so from the next try on, and go about it by these rules."""
        self._puller.adopt(connection, rules)
        self.fill()

    def queue(self, download: Download) -> None:
        """Run a download when its turn comes; what is held goes on."""
        if download.pull.state.is_held:
            download.become(download.pull.waiting())
        self.fill()

    def fill(self) -> None:
        """Begin those whose turn has come."""
        for download in self._table.next_ones(self._puller.rules.at_once):
            self.begin(download)

    def begin(self, download: Download) -> None:
        """Run a download now."""
        if self._group is not None and not self._table.is_closed:
            download.become(download.pull.begun(self._clock()))
            download.task = self._group.create_task(self._run(download))

    async def let_go(self, download: Download) -> None:
        """Wait until a download that was stopped is gone; the next one begins."""
        try:
            if download.task is not None:
                await asyncio.wait([download.task])
        finally:
            self.fill()

    async def _run(self, download: Download) -> None:
        try:
            await self._puller.pull(download)
        except Exception:  # noqa: BLE001 - a fault in one download must not end the others.
            _log.exception("download of %s", download.name)
            words = "this download met a fault of ollama-tui itself; its log tells more"
            download.become(download.pull.failed(words, self._clock()))
        self.fill()
        await self._ended(download)
