"""Downloads: the one object that every front asks; it runs the pulls in this process."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import AsyncExitStack, aclosing, suppress
from typing import TYPE_CHECKING

from ollama_tui.core.connection import Connection
from ollama_tui.core.download import Download, PullRequest
from ollama_tui.core.errors import Closed
from ollama_tui.core.hosts import is_loopback
from ollama_tui.core.names import ModelName, name_key, parse_name
from ollama_tui.core.pull_rules import PullRules
from ollama_tui.core.puller import Puller
from ollama_tui.core.pulls import Pull, PullState

if TYPE_CHECKING:
    from ollama_tui.core.registries import Registries

_RULES = PullRules()
_log = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0


class Downloads:
    """The downloads of one server, side by side; the same name twice is one download.

    One that is started is kept: it ends when it has arrived, fails or is cancelled. One that is
    only leased ends with its last lease, too.
    """

    def __init__(
        self,
        connection: Connection,
        insecure_registries: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
        registries: Registries | None = None,
        rules: PullRules = _RULES,
    ) -> None:
        """Nothing is started or imported yet.

        Args:
            connection: the server.
            insecure_registries: hosts that are spoken to over plain HTTP, as Docker does it.
            clock: seconds that never go backwards.
            registries: are asked how large the whole model is; None: nobody is asked.
            rules: how many run side by side, but for those that are leased, and how patient
                they are.
        """
        self._connection = connection
        self._insecure_registries = {host.casefold() for host in insecure_registries}
        self._clock = clock
        self._can_ask_registries = registries is not None
        self._at_once = rules.at_once
        self._puller = Puller(connection, registries, rules, clock)
        self._downloads: dict[str, Download] = {}
        self._held = AsyncExitStack()
        self._group: asyncio.TaskGroup | None = None
        self.is_closed = True
        """Whether nothing can begin: before the block is entered, and once it ends."""
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Downloads:
        """Be ready to start downloads, until the block is left."""
        self._group = await self._held.enter_async_context(asyncio.TaskGroup())
        self.is_closed = False
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Cancel what still runs; the server keeps what arrived."""
        self.close()
        await self._held.aclose()
        await self._puller.aclose()

    def close(self) -> None:
        """Cancel what runs, which those who follow are told, and start nothing any more."""
        self.is_closed = True
        for download in self._downloads.values():
            download.end()

    @property
    def pulls(self) -> tuple[Pull, ...]:
        """Each download as it is now, in the order in which they were asked for."""
        return tuple(download.seen() for download in self._downloads.values())

    def start(self, name: str, *, insecure: bool = False) -> Pull:
        """Pull a model when its turn comes, or join or resume its download; it is kept.

        Raises:
            InvalidInput: when the server would refuse the name; nothing is sent.
            Closed: when the block was not entered, or ends.
        """
        download = self._asked_for(name, insecure=insecure)
        download.is_kept = True
        if download.pull.state is PullState.PAUSED:
            download.become(download.pull.waiting())
        self._fill()
        return download.pull

    async def pause(self, name: str) -> None:
        """Close a download's stream until it is resumed; the server keeps what arrived."""
        download = self._downloads.get(name_key(name))
        if download is not None and download.runs:
            await self._stop(download, download.pull.paused())

    async def resume(self, name: str) -> None:
        """Go on with a download that is paused, when its turn comes."""
        download = self._downloads.get(name_key(name))
        if download is not None and download.pull.state is PullState.PAUSED:
            download.become(download.pull.waiting())
            self._fill()

    async def cancel(self, name: str) -> None:
        """Close a download's stream, whoever wants it; the server keeps what arrived."""
        download = self._downloads.get(name_key(name))
        if download is not None and download.runs:
            await self._stop(download, download.pull.cancelled(self._clock()))

    async def forget(self, name: str) -> None:
        """Drop a download that has ended from the list."""
        download = self._downloads.get(name_key(name))
        if download is not None and not download.runs:
            self._drop(download)

    async def watch(self) -> AsyncGenerator[tuple[Pull, ...], None]:
        """The downloads now, and again after each change; changes may be told as one."""
        while True:
            before = self.pulls
            yield before
            while self.pulls == before:
                await self._next_look()

    async def follow(self, name: str) -> AsyncGenerator[Pull, None]:
        """One download now, and again after each change, until it has ended or is forgotten."""
        key = name_key(name)
        async with aclosing(self.watch()) as changes:
            async for _ in changes:
                if key not in self._downloads:
                    return
                pull = self._downloads[key].seen()
                yield pull
                if pull.state.has_ended:
                    return

    async def lease(self, name: str, *, insecure: bool = False) -> AsyncGenerator[Pull, None]:
        """Want a model until the iterator is closed: its download now, and as it goes on.

        It is told at least once a second, until it has ended. With its last lease a download
        ends, unless it is kept.

        Raises:
            InvalidInput: when the server would refuse the name; nothing is sent.
            Closed: when the block was not entered, or ends.
        """
        download = self._asked_for(name, insecure=insecure)
        download.leases += 1
        if not download.pull.state.is_active:
            self._launch(download)
        try:
            while True:
                pull = download.seen()
                yield pull
                if pull.state.has_ended:
                    return
                if pull == download.seen():
                    await self._next_look()
        finally:
            # A claim is given up by whoever is being cancelled, so nothing may be waited for.
            download.leases -= 1
            if not download.is_wanted:
                download.end()
                self._drop(download)
                self._fill()

    def _asked_for(self, name: str, *, insecure: bool) -> Download:
        parsed = parse_name(name)
        known = self._downloads.get(parsed.key)
        if known is not None and known.runs:
            return known
        if self.is_closed:
            raise Closed("no download can begin: the program ends, or never got ready for them")
        insecure = insecure or self._is_insecure(parsed)
        asked = PullRequest(name.strip(), insecure, self._can_be_sized(parsed))
        download = Download(parsed, asked, self._clock, self._tell)
        self._downloads.pop(parsed.key, None)
        self._downloads[parsed.key] = download
        self._tell()
        return download

    def _fill(self) -> None:
        active = sum(download.pull.state.is_active for download in self._downloads.values())
        waiting = [download for download in self._downloads.values() if download.waits]
        leased = [download for download in waiting if download.leases]
        queue = [download for download in waiting if not download.leases]
        room = max(0, self._at_once - active - len(leased))
        for download in (*leased, *queue[:room]):
            self._launch(download)

    def _launch(self, download: Download) -> None:
        if self._group is not None and not self.is_closed:
            download.become(download.pull.begun(self._clock()))
            download.task = self._group.create_task(self._run(download))

    async def _stop(self, download: Download, pull: Pull) -> None:
        download.stop(pull)
        try:
            if download.task is not None:
                await asyncio.wait([download.task])
        finally:
            self._fill()

    async def _run(self, download: Download) -> None:
        try:
            await self._puller.pull(download)
        except Exception:  # noqa: BLE001 - a fault in one download must not end the others.
            _log.exception("download of %s", download.name)
            words = "this download met a fault of ollama-tui itself; its log tells more"
            download.become(download.pull.failed(words, self._clock()))
        self._fill()

    def _drop(self, download: Download) -> None:
        key = download.name.key
        # A later download of the same name is another one.
        if self._downloads.get(key) is download:
            del self._downloads[key]
            self._tell()

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _next_look(self) -> None:
        # A stream that falls silent tells nothing; that it stalls is seen by the clock.
        # Before Python 3.12 `wait_for` loses a cancellation that meets a change.
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._changed.wait()

    def _is_insecure(self, name: ModelName) -> bool:
        return name.is_from_loopback or name.host.casefold() in self._insecure_registries

    def _can_be_sized(self, name: ModelName) -> bool:
        # A server elsewhere means its own machine by a loopback name.
        is_near = not name.is_from_loopback or is_loopback(self._connection.url)
        return self._can_ask_registries and is_near
