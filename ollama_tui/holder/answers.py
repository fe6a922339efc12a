"""What the holder answers to one connection."""

from __future__ import annotations

import asyncio
import itertools
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing, suppress
from typing import Any

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.history import EndedPull
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pulls import Pull
from ollama_tui.holder.protocol import (
    HEARTBEAT_SECONDS,
    Snapshot,
    Target,
    error_to_json,
    from_line,
    pull_to_json,
    to_line,
)
from ollama_tui.holder.servers import Servers

_EVERY_SECONDS = 0.1
"""Between two lines of a stream; whoever draws them does so four times a second."""

Told = dict[str, object]


class Answers:
    """Does what the requests ask for."""

    def __init__(self, servers: Servers) -> None:
        """Answer from the downloads of these servers."""
        self._servers = servers
        self._numbers = itertools.count(1)

    async def answer(
        self,
        line: bytes,
        reader: StreamReader,
        writer: StreamWriter,
        tell_watches: Callable[[], None],
    ) -> None:
        """Answer one request; a stream goes on until either side closes the connection.

        Args:
            line: the request.
            reader: tells when the other side has left.
            writer: takes the answer.
            tell_watches: is called if it is only to watch, which keeps no holder alive.

        Raises:
            ValueError: when it is no request; TypeError and KeyError likewise.
        """
        request = from_line(line)
        server = request["server"]
        target = Target.from_json(server if isinstance(server, dict) else {})
        name, insecure = str(request.get("name", "")), request.get("insecure") is True
        downloads = await self._servers.of(target)
        match request["do"]:
            case "watch":
                tell_watches()
                await _until_left(reader, self._tell_changes(downloads, writer))
            case "lease":
                lease = downloads.lease(name, insecure=insecure)
                await _until_left(reader, _tell_lease(lease, writer))
            case str(deed):
                told = await _told(self._done(downloads, deed, name, insecure=insecure))
                await _send(writer, told)

    async def _done(
        self, downloads: LocalDownloads, deed: str, name: str, *, insecure: bool
    ) -> Told:
        deeds: dict[str, Callable[[str], Awaitable[None]]] = {
            "pause": downloads.pause,
            "resume": downloads.resume,
            "cancel": downloads.cancel,
            "forget": downloads.forget,
        }
        if deed == "start":
            pull = await downloads.start(name, insecure=insecure)
            # With the history: a watch that told of it last may be overtaken by this answer.
            snapshot = self._snapshot(downloads, downloads.history)
            return {"ok": snapshot, "pull": pull_to_json(pull)}
        if deed in deeds:
            await deeds[deed](name)
        elif deed != "list":
            raise ValueError("no such request")
        return {"ok": self._snapshot(downloads, downloads.history)}

    def _snapshot(self, downloads: LocalDownloads, history: tuple[EndedPull, ...] | None) -> Told:
        return Snapshot(next(self._numbers), downloads.pulls, history).to_json()

    async def _tell_changes(self, downloads: LocalDownloads, writer: StreamWriter) -> None:
        told: tuple[tuple[Pull, ...], tuple[EndedPull, ...] | None] = (), None
        told_at = 0.0
        while True:
            seen = downloads.pulls, downloads.history
            if seen != told or time.monotonic() - told_at >= HEARTBEAT_SECONDS:
                history = seen[1] if seen[1] != told[1] else None
                told, told_at = seen, time.monotonic()
                await _send(writer, {"ok": self._snapshot(downloads, history)})
                # What changes meanwhile has told already, so there is nothing to wait for then.
                await asyncio.sleep(_EVERY_SECONDS)
            else:
                await downloads.next_look()


async def _tell_lease(lease: AsyncGenerator[Pull, None], writer: StreamWriter) -> None:
    async with aclosing(lease):
        while True:
            told = await _told(_next(lease))
            await _send(writer, told)
            if "ok" not in told:
                return
            await asyncio.sleep(_EVERY_SECONDS)


async def _next(lease: AsyncGenerator[Pull, None]) -> Told:
    pull = await anext(lease, None)
    return {"end": True} if pull is None else {"ok": pull_to_json(pull)}


async def _told(answer: Awaitable[Told]) -> Told:
    try:
        return await answer
    except OllamaTuiError as error:
        return {"error": error_to_json(error)}


async def _send(writer: StreamWriter, told: Told) -> None:
    writer.write(to_line(told))
    # It returns once the other side has taken it, so a slow one makes nothing grow here.
    await writer.drain()


async def _until_left(reader: StreamReader, stream: Coroutine[Any, Any, None]) -> None:
    """Run a stream until it ends or the other side leaves."""
    async with asyncio.TaskGroup() as group:
        telling = group.create_task(_quietly(stream))
        leaving = group.create_task(_quietly(reader.read(1)))
        await asyncio.wait([telling, leaving], return_when=asyncio.FIRST_COMPLETED)
        telling.cancel()
        leaving.cancel()


async def _quietly(talk: Coroutine[Any, Any, object]) -> None:
    # A program that was killed breaks its connection rather than close it.
    with suppress(ConnectionError):
        await talk
