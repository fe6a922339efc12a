"""Downloads that run in this process, and end with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Self

from ollama_tui.core.connection import Connection
from ollama_tui.core.download import Download, PullRequest
from ollama_tui.core.download_table import DownloadTable
from ollama_tui.core.downloads import closed
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.history import EndedPull
from ollama_tui.core.journal import UnfinishedPull
from ollama_tui.core.ledger import Ledger, Memory
from ollama_tui.core.names import ModelName, parse_name
from ollama_tui.core.pull_rules import PullRules
from ollama_tui.core.puller import Puller
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.core.registries import Registries, can_be_asked
from ollama_tui.core.turns import Turns

_RULES = PullRules()
_LOOK_SECONDS = 1.0


class LocalDownloads:
    """The downloads of one server, side by side."""

    outlive = False
    caveat = ""
    trouble = ""

    def __init__(
        self,
        connection: Connection,
        insecure_registries: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
        registries: Registries | None = None,
        rules: PullRules = _RULES,
        memory: Memory | None = None,
        tell_end: Callable[[EndedPull], None] | None = None,
    ) -> None:
        """Nothing is started or imported yet; what is remembered waits to be resumed.

        Args:
            connection: the server.
            insecure_registries: hosts that are spoken to over plain HTTP, as Docker does it.
            clock: seconds that never go backwards.
            registries: are asked how large the whole model is; None: nobody is asked.
            rules: how many run side by side, but for those that are leased, and how patient
                they are.
            memory: what outlasts this process; None: nothing does.
            tell_end: is called, in a thread, when one that is kept has ended.
        """
        self._connection = connection
        self._insecure_registries = insecure_registries
        self._clock = clock
        self._asks_registries = registries is not None
        self._table = DownloadTable()
        self._ledger = Ledger(self._table, memory, tell_end)
        puller = Puller(connection, registries, rules, clock)
        self._turns = Turns(self._table, puller, clock, self._ended)
        self._recall()

    async def __aenter__(self) -> Self:
        """Be ready to start downloads, until the block is left."""
        await self._turns.__aenter__()
        self._table.is_closed = False
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Cancel what still runs; the server keeps what arrived."""
        self.close()
        await self._turns.__aexit__(*exception)

    def adopt(
        self, connection: Connection, insecure_registries: Collection[str], rules: PullRules
    ) -> None:
        """Reach the server so from the next try on, and go about it by these rules."""
        self._connection, self._insecure_registries = connection, insecure_registries
        self._turns.adopt(connection, rules)

    def close(self) -> None:
        """Cancel what runs, which those who follow are told, and start nothing any more."""
        self._table.close()

    @property
    def is_closed(self) -> bool:
        """Whether nothing can begin: before the block is entered, and once it ends."""
        return self._table.is_closed

    @property
    def pulls(self) -> tuple[Pull, ...]:
        """Each download as it is now, in the order in which they were asked for."""
        return self._table.pulls

    @property
    def history(self) -> tuple[EndedPull, ...]:
        """Those that ended, the newest first."""
        return self._ledger.history

    @property
    def are_busy(self) -> bool:
        """Whether any runs, or waits for its turn or its next try."""
        return self._table.are_busy

    async def start(self, name: str, *, insecure: bool = False) -> Pull:
        """Pull a model when its turn comes, or join or resume its download; it is kept."""
        known = self._table.get(str(parse_name(name)))
        is_promised = known is not None and known.runs and known.is_kept
        if not is_promised and not self.is_closed:
            # Saved before anything is done: then a full disk is an error and nothing else.
            asked = UnfinishedPull(name.strip(), insecure)
            await self._ledger.save(asked)
        download = self._asked_for(name, insecure=insecure)
        download.is_kept = True
        was_held = download.pull.state.is_held
        self._turns.queue(download)
        begun = download.pull
        if was_held:
            await self.remember()
        return begun

    async def pause(self, name: str) -> None:
        """Close a download's stream until it is resumed."""
        download = self._table.get(name)
        if download is not None and download.runs and not download.pull.state.is_held:
            download.stop(download.pull.paused())
            await self._turns.let_go(download)
            await self.remember()

    async def resume(self, name: str) -> None:
        """Go on with a download that is paused, unfinished or failed, when its turn comes."""
        download = self._table.get(name)
        if download is not None and download.pull.state is PullState.FAILED:
            await self.start(download.asked.name, insecure=download.asked.insecure)
        elif download is not None and download.pull.state.is_held:
            self._turns.queue(download)
            await self.remember()

    async def cancel(self, name: str) -> None:
        """Close a download's stream, whoever wants it."""
        download = self._table.get(name)
        if download is not None and download.runs:
            download.end()
            ended = self._ledger.noted_end(download, self._clock())
            await self._turns.let_go(download)
            await self._ledger.make_known(ended)

    async def forget(self, name: str) -> None:
        """Drop a download that has ended from the list."""
        download = self._table.get(name)
        if download is not None and not download.runs:
            self._table.drop(download)
            await self.remember()

    async def renamed(self, name: str, new_name: str) -> None:
        """Let the history tell what a model is called since it was renamed."""
        await self._ledger.rename(name, new_name)

    async def remember(self) -> None:
        """Keep how far all are; where that cannot be done, it is logged and tried next time."""
        await self._ledger.try_to_save()

    async def watch(self) -> AsyncGenerator[tuple[Pull, ...], None]:
        """The downloads now, and again after each change; changes may be told as one."""
        while True:
            before = self.pulls, self.history
            yield before[0]
            while (self.pulls, self.history) == before:
                await self.next_look()

    async def follow(self, name: str) -> AsyncGenerator[Pull, None]:
        """One download now, and again after each change, until it has ended or is forgotten."""
        async with aclosing(self.watch()) as changes:
            async for _ in changes:
                download = self._table.get(name)
                if download is None:
                    return
                pull = download.seen()
                yield pull
                if pull.state.has_ended:
                    return

    async def next_look(self) -> None:
        """Wait until something may have changed, a second at most."""
        # A stream that falls silent tells nothing; that it stalls is seen by the clock.
        # Before Python 3.12 `wait_for` loses a cancellation that meets a change.
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._table.change()

    async def lease(self, name: str, *, insecure: bool = False) -> AsyncGenerator[Pull, None]:
        """Want a model until the iterator is closed: its download now, and as it goes on."""
        download = self._asked_for(name, insecure=insecure)
        download.leases += 1
        if not download.pull.state.is_active:
            self._turns.begin(download)
        try:
            while True:
                pull = download.seen()
                yield pull
                if pull.state.has_ended:
                    return
                if pull == download.seen():
                    await self.next_look()
        finally:
            # A claim is given up by whoever is being cancelled, so nothing may be waited for.
            download.leases -= 1
            if not download.is_wanted:
                download.end()
                self._table.drop(download)
                self._turns.fill()

    def _asked_for(self, name: str, *, insecure: bool) -> Download:
        parsed = parse_name(name)
        known = self._table.get(str(parsed))
        if known is not None and known.runs:
            return known
        if self.is_closed:
            raise closed()
        download = self._new(parsed, name.strip(), insecure=insecure)
        self._table.put(download)
        return download

    def _new(self, parsed: ModelName, name: str, *, insecure: bool) -> Download:
        insecure = insecure or parsed.is_plain_http(self._insecure_registries)
        is_sized = self._asks_registries and can_be_asked(parsed, self._connection.url)
        asked = PullRequest(name, insecure, is_sized)
        return Download(parsed, asked, self._clock, self._table.tell)

    async def _ended(self, download: Download) -> None:
        await self._ledger.make_known(self._ledger.noted_end(download, self._clock()))

    def _recall(self) -> None:
        for one in self._ledger.unfinished:
            with suppress(InvalidInput):
                parsed = parse_name(one.name)
                download = self._new(parsed, one.name, insecure=one.insecure)
                download.is_kept = True
                is_sizing = download.asked.can_be_sized
                pull = one.pull(str(parsed), self._clock())
                download.pull = replace(pull, is_sizing=is_sizing)
                self._table.put(download)
