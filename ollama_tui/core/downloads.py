"""Downloads: the one object that every front asks; it runs the pulls in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import AsyncExitStack, aclosing, suppress
from functools import partial
from typing import TYPE_CHECKING

from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.names import ModelName, name_key, parse_name
from ollama_tui.core.pulls import Pull

if TYPE_CHECKING:
    from ollama_tui.core.pull_stream import PullStream

_TRIES_WHEN_BROKEN_OFF = 6
_PAUSE_SECONDS = 2.0
_LOOK_SECONDS = 1.0


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
            await self._change(key, lambda pull: pull.cancelled(self._clock()))
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
                    # A stream that falls silent tells nothing; that it stalls is seen by the clock.
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._changed.wait(), _LOOK_SECONDS)

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
            await self._advance(key, lambda pull: pull.finished(self._clock()))
        except OllamaTuiError as error:
            words, kind = str(error), type(error)
            await self._advance(key, lambda pull: pull.failed(words, self._clock(), kind))

    async def _pull(self, key: str, name: str, insecure: bool) -> None:
        from ollama_tui.core.pull_stream import BrokenOff

        for attempt in range(1, _TRIES_WHEN_BROKEN_OFF + 1):
            try:
                return await self._pull_once(key, name, insecure)
            except BrokenOff:
                if attempt == _TRIES_WHEN_BROKEN_OFF:
                    raise
            await asyncio.sleep(_PAUSE_SECONDS)
            await self._advance(key, lambda pull: pull.again(self._clock()))

    async def _pull_once(self, key: str, name: str, insecure: bool) -> None:
        stream = await self._opened()
        async with aclosing(stream.lines(name, insecure=insecure)) as lines:
            async for progress in lines:
                now = self._clock()
                await self._advance(key, partial(Pull.advanced, progress=progress, now=now))

    async def _opened(self) -> PullStream:
        async with self._opening:
            if self._stream is None:
                # httpx takes 0.1 s to import.
                self._stream = await asyncio.to_thread(self._open)
            return self._stream

    def _open(self) -> PullStream:
        from ollama_tui.core.pull_stream import PullStream

        return PullStream(self._connection)

    async def _advance(self, key: str, change: Callable[[Pull], Pull]) -> None:
        # A stream that is late to end has no say in a download of the same name after it.
        if asyncio.current_task() is self._tasks.get(key):
            await self._change(key, change)

    async def _change(self, key: str, change: Callable[[Pull], Pull]) -> None:
        async with self._changed:
            pull = self._pulls.get(key)
            if pull is not None and not pull.state.has_ended:
                self._pulls[key] = change(pull)
                self._changed.notify_all()

    def _is_insecure(self, name: ModelName) -> bool:
        return name.is_from_loopback or name.host.casefold() in self._insecure_registries
