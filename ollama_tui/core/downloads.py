"""Downloads: the one object that every front asks; it runs the pulls in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import AsyncExitStack, aclosing, suppress
from typing import TYPE_CHECKING

from ollama_tui.core.connection import Connection
from ollama_tui.core.download import Download
from ollama_tui.core.errors import OllamaTuiError, Refused
from ollama_tui.core.hosts import is_loopback
from ollama_tui.core.names import ModelName, name_key, parse_name
from ollama_tui.core.pulls import Pull

if TYPE_CHECKING:
    from ollama_tui.core.pull_stream import PullStream
    from ollama_tui.core.registries import Registries

_TRIES_WHEN_BROKEN_OFF = 6
_PAUSE_SECONDS = 2.0
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
    ) -> None:
        """Nothing is started or imported yet.

        Args:
            connection: the server.
            insecure_registries: hosts that are spoken to over plain HTTP, as Docker does it.
            clock: seconds that never go backwards.
            registries: are asked how large the whole model is; None: nobody is asked.
        """
        self._connection = connection
        self._insecure_registries = {host.casefold() for host in insecure_registries}
        self._clock = clock
        self._registries = registries
        self._downloads: dict[str, Download] = {}
        self._held = AsyncExitStack()
        self._group: asyncio.TaskGroup | None = None
        self._is_closed = False
        self._stream: PullStream | None = None
        self._opening = asyncio.Lock()
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Downloads:
        """Be ready to start downloads, until the block is left."""
        self._group = await self._held.enter_async_context(asyncio.TaskGroup())
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Cancel what still runs; the server keeps what arrived."""
        self.close()
        await self._held.aclose()
        if self._stream is not None:
            await self._stream.aclose()

    def close(self) -> None:
        """Cancel what runs, which those who follow are told, and start nothing any more."""
        self._is_closed = True
        for download in self._downloads.values():
            download.end()

    @property
    def pulls(self) -> tuple[Pull, ...]:
        """Each download as it is now, in the order in which they were asked for."""
        return tuple(download.seen() for download in self._downloads.values())

    def start(self, name: str, *, insecure: bool = False) -> Pull:
        """Start to pull a model, or join the download of it that runs; it is kept.

        Raises:
            InvalidInput: when the server would refuse the name; nothing is sent.
            Refused: when the downloads were closed.
        """
        download = self._started(name, insecure=insecure)
        download.is_kept = True
        return download.pull

    async def cancel(self, name: str) -> None:
        """Close a download's stream, whoever wants it; the server keeps what arrived."""
        download = self._downloads.get(name_key(name))
        if download is not None and download.runs and download.task is not None:
            download.end()
            await asyncio.wait([download.task])

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
            Refused: when the downloads were closed.
        """
        download = self._started(name, insecure=insecure)
        download.leases += 1
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

    def _started(self, name: str, *, insecure: bool) -> Download:
        parsed = parse_name(name)
        known = self._downloads.get(parsed.key)
        if known is not None and known.runs:
            return known
        if self._is_closed:
            raise Refused("no download can begin while the program ends")
        assert self._group is not None, "a download needs `async with downloads`"
        pull = Pull(str(parsed), self._clock(), is_sizing=self._can_be_sized(parsed))
        download = Download(parsed, pull, self._clock, self._tell)
        self._downloads.pop(parsed.key, None)
        self._downloads[parsed.key] = download
        insecure = insecure or self._is_insecure(parsed)
        download.task = self._group.create_task(self._run(download, name.strip(), insecure))
        self._tell()
        return download

    async def _run(self, download: Download, name: str, insecure: bool) -> None:
        async with asyncio.TaskGroup() as group:
            sizing = group.create_task(self._size(download, insecure))
            try:
                await self._pull(download, name, insecure)
                download.become(download.pull.finished(self._clock()))
            except OllamaTuiError as error:
                failed = download.pull.failed(str(error), self._clock(), type(error))
                download.become(failed)
            sizing.cancel()

    async def _size(self, download: Download, insecure: bool) -> None:
        if download.pull.is_sizing and self._registries is not None:
            manifest = await self._registries.manifest(download.name, insecure=insecure)
            download.become(download.pull.sized(manifest))

    async def _pull(self, download: Download, name: str, insecure: bool) -> None:
        from ollama_tui.core.pull_stream import BrokenOff

        for attempt in range(1, _TRIES_WHEN_BROKEN_OFF + 1):
            try:
                return await self._pull_once(download, name, insecure)
            except BrokenOff:
                if attempt == _TRIES_WHEN_BROKEN_OFF:
                    raise
            await asyncio.sleep(_PAUSE_SECONDS)
            download.become(download.pull.again(self._clock()))

    async def _pull_once(self, download: Download, name: str, insecure: bool) -> None:
        stream = await self._opened()
        async with aclosing(stream.lines(name, insecure=insecure)) as lines:
            async for progress in lines:
                download.become(download.pull.advanced(progress, self._clock()))

    async def _opened(self) -> PullStream:
        async with self._opening:
            if self._stream is None:
                # httpx takes 0.1 s to import.
                self._stream = await asyncio.to_thread(self._open)
            return self._stream

    def _open(self) -> PullStream:
        from ollama_tui.core.pull_stream import PullStream

        return PullStream(self._connection)

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
        return self._registries is not None and is_near
