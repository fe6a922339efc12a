"""What runs a download: it asks the server, heals what breaks off, and learns the size."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from ollama_tui.core.connection import Connection
from ollama_tui.core.download import Download
from ollama_tui.core.errors import OllamaTuiError, Unreachable
from ollama_tui.core.pull_rules import PullRules, may_mend, stalled

if TYPE_CHECKING:
    from ollama_tui.core.pull_stream import PullStream
    from ollama_tui.core.registries import Registries


class Puller:
    """Pulls from one server; one client serves all downloads."""

    def __init__(
        self,
        connection: Connection,
        registries: Registries | None,
        rules: PullRules,
        clock: Callable[[], float],
    ) -> None:
        """Nothing is sent or imported yet."""
        self._connection = connection
        self._registries = registries
        self.rules = rules
        self._clock = clock
        self._stream: PullStream | None = None
        self._outdated: list[PullStream] = []
        self._opening = asyncio.Lock()

    def adopt(self, connection: Connection, rules: PullRules) -> None:
        """Reach the server so from the next try on, and go about it by these rules."""
        if self._stream is not None and connection != self._connection:
            # Downloads still come over it.
            self._outdated.append(self._stream)
            self._stream = None
        self._connection, self.rules = connection, rules

    async def aclose(self) -> None:
        """Close the connections; the next download opens new ones."""
        opened = [*self._outdated, *([self._stream] if self._stream else [])]
        self._outdated, self._stream = [], None
        for stream in opened:
            await stream.aclose()

    async def pull(self, download: Download) -> None:
        """Run a download until it has ended, however often it has to be asked for."""
        async with asyncio.TaskGroup() as group:
            sizing = group.create_task(self._size(download))
            failure = await self._failure(download)
            sizing.cancel()
        # Last of all, so that whoever notes the end does so before anything else happens.
        now, pull = self._clock(), download.pull
        failed = pull.failed(str(failure), now, type(failure)) if failure else None
        download.become(failed or pull.finished(now))

    async def _failure(self, download: Download) -> OllamaTuiError | None:
        try:
            await self._pull_whole(download)
        except OllamaTuiError as error:
            return error
        return None

    async def _size(self, download: Download) -> None:
        if download.pull.is_sizing and self._registries is not None:
            insecure = download.asked.insecure
            manifest = await self._registries.manifest(download.name, insecure=insecure)
            download.become(download.pull.sized(manifest))

    async def _pull_whole(self, download: Download) -> None:
        fruitless = 0
        while True:
            fetched = download.pull.fetched
            try:
                return await self._pull_once(download)
            except OllamaTuiError as error:
                fruitless = 1 if download.pull.fetched > fetched else fruitless + 1
                if not may_mend(error, download.pull, fruitless, is_kept=download.is_kept):
                    raise
                download.become(download.pull.broken_off(error.what))
                is_away = isinstance(error, Unreachable)
            await asyncio.sleep(self.rules.pause(fruitless, is_away=is_away))
            download.become(download.pull.begun(self._clock()))

    async def _pull_once(self, download: Download) -> None:
        stream, asked = await self._opened(), download.asked
        try:
            async with (
                asyncio.timeout(self.rules.patience(download.pull)) as limit,
                aclosing(stream.lines(asked.name, insecure=asked.insecure)) as lines,
            ):
                async for progress in lines:
                    now = self._clock()
                    download.become(download.pull.advanced(progress, now))
                    if download.is_kept:
                        self.rules.refuse_stall(download.pull, now)
                    patience = self.rules.patience(download.pull)
                    loop = asyncio.get_running_loop()
                    limit.reschedule(None if patience is None else loop.time() + patience)
        except TimeoutError as error:
            raise stalled(download.pull) from error

    async def _opened(self) -> PullStream:
        async with self._opening:
            if self._stream is None:
                # httpx takes 0.1 s to import.
                self._stream = await asyncio.to_thread(self._open)
            return self._stream

    def _open(self) -> PullStream:
        from ollama_tui.core.pull_stream import PullStream

        return PullStream(self._connection, self.rules.pace_seconds)
