"""What is kept of one server's downloads beyond the process that runs them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.history import EndedPull
from ollama_tui.core.journal import HISTORY_LENGTH, Record, UnfinishedPull

_log = logging.getLogger(__name__)

Unfinished = Callable[[], tuple[UnfinishedPull, ...] | None]
"""Gives what has not arrived, at the moment when it is written down; None: nothing is written."""


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

    def __init__(self, memory: Memory | None, tell_end: Callable[[EndedPull], None] | None) -> None:
        """Read what was kept last.

        Args:
            memory: what outlasts this process; None: nothing does.
            tell_end: is called, in a thread, when one has ended.
        """
        self._memory, self._tell_end = memory, tell_end
        self._writing = asyncio.Lock()
        record = Record() if memory is None else memory.read()
        self.unfinished = record.unfinished
        """What had not arrived when this process began."""
        self.history = record.history
        """Those that ended, the newest first."""

    async def save(self, unfinished: Unfinished) -> None:
        """Write down what has not arrived, and the history.

        Raises:
            StateUnwritable: when that cannot be done; what is kept stays as it was.
        """
        if self._memory is not None:
            async with self._writing:
                if (kept := unfinished()) is not None:
                    await asyncio.to_thread(self._memory.write, Record(kept, self.history))

    async def try_to_save(self, unfinished: Unfinished) -> None:
        """The same; where it cannot be done, it is logged and tried next time."""
        try:
            await self.save(unfinished)
        except StateUnwritable as error:
            _log.error("%s", error)

    def enter(self, ended: EndedPull) -> None:
        """Put a download that has ended into the history."""
        self.history = (ended, *self.history)[:HISTORY_LENGTH]

    def rename(self, name: str, new_name: str) -> bool:
        """Let the history follow a rename; whether it tells of that model."""
        before = self.history
        self.history = tuple(ended.renamed(name, new_name) for ended in before)
        return self.history != before

    async def tell(self, ended: EndedPull) -> None:
        """Tell whoever wants to know that a download has ended."""
        if self._tell_end is not None:
            await asyncio.to_thread(self._tell_end, ended)
