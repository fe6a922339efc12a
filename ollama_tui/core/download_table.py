"""All downloads of one server, in the order in which they were asked for."""

from __future__ import annotations

import asyncio

from ollama_tui.core.download import Download
from ollama_tui.core.journal import UnfinishedPull
from ollama_tui.core.names import name_key
from ollama_tui.core.pulls import Pull


class DownloadTable:
    """The downloads by their models' names; whoever waits is told when one changes."""

    def __init__(self) -> None:
        """There are none yet."""
        self._downloads: dict[str, Download] = {}
        self._changed = asyncio.Event()
        self.is_closed = True
        """Whether nothing can begin, and what ends was cancelled by nobody."""

    @property
    def pulls(self) -> tuple[Pull, ...]:
        """Each as it is now."""
        return tuple(download.seen() for download in self._downloads.values())

    @property
    def are_busy(self) -> bool:
        """Whether any runs, or waits for its turn or its next try."""
        return any(download.pull.is_awaited for download in self._downloads.values())

    def get(self, name: str) -> Download | None:
        """The download of a model, however its name is spelt; None if there is none."""
        return self._downloads.get(name_key(name))

    def put(self, download: Download) -> None:
        """Add a download at the end, in place of one of the same name."""
        self._downloads.pop(download.name.key, None)
        self._downloads[download.name.key] = download
        self.tell()

    def drop(self, download: Download) -> None:
        """Take a download away, but not a later one of the same name."""
        if self._downloads.get(download.name.key) is download:
            del self._downloads[download.name.key]
            self.tell()

    def next_ones(self, at_once: int) -> tuple[Download, ...]:
        """Those whose turn has come: all that are leased, the others while there is room.

        Args:
            at_once: how many run side by side.
        """
        active = sum(download.pull.state.is_active for download in self._downloads.values())
        waiting = [download for download in self._downloads.values() if download.waits]
        leased = [download for download in waiting if download.leases]
        queue = [download for download in waiting if not download.leases]
        return (*leased, *queue[: max(0, at_once - active - len(leased))])

    def unfinished(self, asked: UnfinishedPull | None = None) -> tuple[UnfinishedPull, ...]:
        """What is kept of those that have not arrived.

        Args:
            asked: one that is about to begin; None if none is.
        """
        kept = {
            key: UnfinishedPull.of(download.asked.name, download.asked.insecure, download.pull)
            for key, download in self._downloads.items()
            if download.is_kept and not download.pull.state.is_over
        }
        if asked is not None:
            kept[name_key(asked.name)] = asked
        return tuple(kept.values())

    def close(self) -> None:
        """Cancel all, which those who follow them are told; nothing begins any more."""
        self.is_closed = True
        for download in self._downloads.values():
            download.end()

    def tell(self) -> None:
        """Let those go on who wait for a change."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def change(self) -> None:
        """Wait until something has changed."""
        await self._changed.wait()
