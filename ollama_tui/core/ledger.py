"""What is kept of one server's downloads beyond the process that runs them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from ollama_tui.core.download import Download
from ollama_tui.core.download_table import DownloadTable
from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.history import EndedPull
from ollama_tui.core.journal import HISTORY_LENGTH, Record, UnfinishedPull
from ollama_tui.core.pulls import PullState

_log = logging.getLogger(__name__)


class Memory(Protocol):
    """Keeps what must not be forgotten when this process ends."""

    def read(self) -> Record:
        """What was kept last."""

    def write(self, record: Record) -> None:
        """Keep that in its place.

        Raises:
            StateUnwritable: when that cannot be done.
        """


class Ledger:
    """The history of downloads, and the book of those that have not arrived."""

    def __init__(
        self,
        table: DownloadTable,
        memory: Memory | None,
        tell_end: Callable[[EndedPull], None] | None,
    ) -> None:
        """Read what was kept last.

        Args:
            table: the downloads.
            memory: what outlasts this process; None: nothing does.
            tell_end: is called, in a thread, when one has ended.
        """
        self._table, self._memory, self._tell_end = table, memory, tell_end
        self._writing = asyncio.Lock()
        record = Record() if memory is None else memory.read()
        self.unfinished = record.unfinished
        """What had not arrived when this process began."""
        self.history = record.history
        """Those that ended, the newest first."""

    async def save(self, asked: UnfinishedPull | None = None) -> None:
        """Write down what has not arrived, and the history.

        Args:
            asked: one that is about to begin; None if none is.

        Raises:
            StateUnwritable: when that cannot be done; what is kept stays as it was.
        """
        if self._memory is None:
            return
        async with self._writing:
            # What the end of the program cancels was not cancelled by anybody: it stays unfinished.
            if not self._table.is_closed:
                record = Record(self._table.unfinished(asked), self.history)
                await asyncio.to_thread(self._memory.write, record)

    async def try_to_save(self) -> None:
        """The same; where it cannot be done, it is logged and tried next time."""
        try:
            await self.save()
        except StateUnwritable as error:
            _log.error("%s", error)

    def noted_end(self, download: Download, now: float) -> EndedPull | None:
        """Put a download that has ended into the history; None if it is no news.

        Nothing may be waited for between an end and this: what another one saves then would have
        the download neither among the unfinished ones nor in the history.
        """
        # Of those that are only leased, whoever leases them is told; what arrived is news to all.
        is_news = download.is_kept or download.pull.state is PullState.DONE
        if self._table.is_closed or download.runs or not is_news:
            return None
        ended = EndedPull.of(download.pull, now, time.time())
        self.history = (ended, *self.history)[:HISTORY_LENGTH]
        self._table.tell()
        return ended

    async def make_known(self, ended: EndedPull | None) -> None:
        """Save an end, and tell whoever wants to know of it."""
        if ended is None:
            return
        await self.try_to_save()
        if self._tell_end is not None:
            await asyncio.to_thread(self._tell_end, ended)

    async def rename(self, name: str, new_name: str) -> None:
        """Let the history follow a rename."""
        before = self.history
        self.history = tuple(ended.renamed(name, new_name) for ended in before)
        if self.history != before:
            self._table.tell()
            await self.try_to_save()
