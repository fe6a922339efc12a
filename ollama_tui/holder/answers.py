"""What the holder answers to one connection."""

from __future__ import annotations

import asyncio
import itertools
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
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

_BEGINNING = ("start", "resume", "lease")
"""What is asked by those whose settings count."""

Told = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Request:
    """What was asked of the downloads of a server."""

    deed: str
    target: Target
    name: str
    new_name: str
    insecure: bool

    @classmethod
    def of(cls, line: bytes) -> _Request:
        found = from_line(line)
        server = found["server"]
        return cls(
            str(found["do"]),
            Target.from_json(server if isinstance(server, dict) else {}),
            str(found.get("name", "")),
            str(found.get("new_name", "")),
            found.get("insecure") is True,
        )


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
        asked = _Request.of(line)
        downloads = await self._servers.of(asked.target, adopts=asked.deed in _BEGINNING)
        if asked.deed == "watch":
            tell_watches()
            wishes = _Wishes(reader)
            await wishes.until_left(self._tell_changes(downloads, writer, wishes))
        elif asked.deed == "lease":
            wishes, lease = _Wishes(reader), downloads.lease(asked.name, insecure=asked.insecure)
            await wishes.until_left(_tell_lease(lease, writer, wishes))
        else:
            await _send(writer, await _told(self._done(downloads, asked)))

    async def _done(self, downloads: LocalDownloads, asked: _Request) -> Told:
        deeds: dict[str, Callable[[str], Awaitable[None]]] = {
            "pause": downloads.pause,
            "resume": downloads.resume,
            "cancel": downloads.cancel,
            "forget": downloads.forget,
            "renamed": partial(downloads.renamed, new_name=asked.new_name),
        }
        if asked.deed == "start":
            pull = await downloads.start(asked.name, insecure=asked.insecure)
            # With the history: a watch that told of it last may be overtaken by this answer.
            snapshot = self._snapshot(downloads, downloads.history)
            return {"ok": snapshot, "pull": pull_to_json(pull)}
        if asked.deed in deeds:
            await deeds[asked.deed](asked.name)
        elif asked.deed != "list":
            raise ValueError("no such request")
        return {"ok": self._snapshot(downloads, downloads.history)}

    def _snapshot(self, downloads: LocalDownloads, history: tuple[EndedPull, ...] | None) -> Told:
        return Snapshot(next(self._numbers), downloads.pulls, history).to_json()

    async def _tell_changes(
        self, downloads: LocalDownloads, writer: StreamWriter, wishes: _Wishes
    ) -> None:
        told: tuple[tuple[Pull, ...], tuple[EndedPull, ...] | None] = (), None
        while True:
            await wishes.next()
            beats_at = time.monotonic() + HEARTBEAT_SECONDS
            while (downloads.pulls, downloads.history) == told and time.monotonic() < beats_at:
                await downloads.next_look()
            history = downloads.history if downloads.history != told[1] else None
            told = downloads.pulls, downloads.history
            await _send(writer, {"ok": self._snapshot(downloads, history)})


class _Wishes:
    """The other side's wishes for one more line of a stream: it gets the newest, never a queue."""

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader
        self._wished = asyncio.Event()
        self._wished.set()

    async def next(self) -> None:
        await self._wished.wait()
        self._wished.clear()

    async def until_left(self, stream: Coroutine[Any, Any, None]) -> None:
        """Run a stream until it ends or the other side leaves."""
        async with asyncio.TaskGroup() as group:
            telling = group.create_task(_quietly(stream))
            listening = group.create_task(_quietly(self._listen()))
            await asyncio.wait([telling, listening], return_when=asyncio.FIRST_COMPLETED)
            telling.cancel()
            listening.cancel()

    async def _listen(self) -> None:
        # A wish that is too long for a line is none.
        with suppress(ValueError):
            while await self._reader.readline():
                self._wished.set()


async def _tell_lease(
    lease: AsyncGenerator[Pull, None], writer: StreamWriter, wishes: _Wishes
) -> None:
    async with aclosing(lease):
        while True:
            await wishes.next()
            told = await _told(_next(lease))
            await _send(writer, told)
            if "ok" not in told:
                return


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
    await writer.drain()


async def _quietly(talk: Coroutine[Any, Any, object]) -> None:
    # A program that was killed breaks its connection rather than close it.
    with suppress(ConnectionError):
        await talk
