"""Downloads: the one object that every front asks; it runs the pulls in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING

from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.names import ModelName, name_key, parse_name
from ollama_tui.core.pulls import Pull

if TYPE_CHECKING:
    from ollama_tui.core.pull_stream import PullStream

_TRIES_WHEN_BROKEN_OFF = 6
_PAUSE_SECONDS = 2.0


class Downloads:
    """The downloads of one server, side by side; the same name twice is one download."""

    def __init__(
        self,
        connection: Connection,
        insecure_registries: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is started or imported yet.

        Args:
            connection: the server.
            insecure_registries: hosts that are spoken to over plain HTTP, as Docker does it.
            clock: seconds that never go backwards.
        """
        self._connection = connection
        self._insecure_registries = {host.casefold() for host in insecure_registries}
        self._clock = clock
        self._pulls: dict[str, Pull] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._held = AsyncExitStack()
        self._group: asyncio.TaskGroup | None = None
        self._stream: PullStream | None = None
        self._opening = asyncio.Lock()
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Downloads:
        """Be ready to start downloads, until the block is left."""
        self._group = await self._held.enter_async_context(asyncio.TaskGroup())
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Cancel what still runs; the server keeps what arrived."""
        for task in self._tasks.values():
            task.cancel()
        await self._held.aclose()
        if self._stream is not None:
            await self._stream.aclose()

    @property
    def pulls(self) -> tuple[Pull, ...]:
        """Each download as it is now, in the order in which they were asked for."""
        now = self._clock()
        return tuple(pull.at(now) for pull in self._pulls.values())

    def start(self, name: str, *, insecure: bool = False) -> Pull:
        """Start to pull a model, or join the download of it that runs.

        Raises:
            InvalidInput: when the server would refuse the name; nothing is sent.
        """
        parsed = parse_name(name)
        key = parsed.key
        known = self._pulls.get(key)
        if known is not None and not known.state.has_ended:
            return known
        assert self._group is not None, "start() needs `async with downloads`"
        pull = Pull(str(parsed), self._clock())
        self._pulls.pop(key, None)
        self._pulls[key] = pull
        insecure = insecure or self._is_insecure(parsed)
        self._tasks[key] = self._group.create_task(self._run(key, name.strip(), insecure))
        return pull

    async def cancel(self, name: str) -> None:
        """Close a download's stream; the server keeps what arrived."""
        key = name_key(name)
        if (task := self._tasks.get(key)) is not None and not task.done():
            # A task that has not begun yet would be cancelled without a trace.
            await self._become(key, self._pulls[key].cancelled(self._clock()))
            task.cancel()
            await asyncio.wait([task])

    async def forget(self, name: str) -> None:
        """Drop a download that has ended from the list."""
        key = name_key(name)
        async with self._changed:
            if key in self._pulls and self._pulls[key].state.has_ended:
                del self._pulls[key]
                self._changed.notify_all()

    async def watch(self) -> AsyncGenerator[tuple[Pull, ...], None]:
        """The downloads now, and again after each change; changes may be told as one."""
        while True:
            before = self.pulls
            yield before
            async with self._changed:
                while self.pulls == before:
                    await self._changed.wait()

    async def follow(self, name: str) -> AsyncGenerator[Pull, None]:
        """One download now, and again after each change, until it has ended or is forgotten."""
        key = name_key(name)
        async with aclosing(self.watch()) as changes:
            async for _ in changes:
                if key not in self._pulls:
                    return
                pull = self._pulls[key].at(self._clock())
                yield pull
                if pull.state.has_ended:
                    return

    async def _run(self, key: str, name: str, insecure: bool) -> None:
        try:
            await self._pull(key, name, insecure)
            await self._become(key, self._pulls[key].finished(self._clock()))
        except OllamaTuiError as error:
            failed = self._pulls[key].failed(str(error), self._clock(), type(error))
            await self._become(key, failed)

    async def _pull(self, key: str, name: str, insecure: bool) -> None:
        from ollama_tui.core.pull_stream import BrokenOff

        for attempt in range(1, _TRIES_WHEN_BROKEN_OFF + 1):
            try:
                return await self._pull_once(key, name, insecure)
            except BrokenOff:
                if attempt == _TRIES_WHEN_BROKEN_OFF:
                    raise
            await asyncio.sleep(_PAUSE_SECONDS)
            await self._become(key, self._pulls[key].again(self._clock()))

    async def _pull_once(self, key: str, name: str, insecure: bool) -> None:
        stream = await self._opened()
        async with aclosing(stream.lines(name, insecure=insecure)) as lines:
            async for progress in lines:
                await self._become(key, self._pulls[key].advanced(progress, self._clock()))

    async def _opened(self) -> PullStream:
        async with self._opening:
            if self._stream is None:
                # httpx takes 0.1 s to import.
                self._stream = await asyncio.to_thread(self._open)
            return self._stream

    def _open(self) -> PullStream:
        from ollama_tui.core.pull_stream import PullStream

        return PullStream(self._connection)

    async def _become(self, key: str, pull: Pull) -> None:
        async with self._changed:
            if not self._pulls[key].state.has_ended:
                self._pulls[key] = pull
                self._changed.notify_all()

    def _is_insecure(self, name: ModelName) -> bool:
        return name.is_from_loopback or name.host.casefold() in self._insecure_registries
