"""Connections to the holder, which is started when it is needed and not there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.files import stamp
from ollama_tui.holder.place import HolderPlace, read_socket
from ollama_tui.holder.protocol import (
    HEARTBEAT_SECONDS,
    LONGEST_LINE,
    PROTOCOL,
    WISH,
    error_from_json,
    from_line,
    to_line,
)
from ollama_tui.holder.sockets import peer_uid
from ollama_tui.holder.start import start_holder

_ANSWER_SECONDS = 20.0
_START_SECONDS = 10.0
_AGAIN_SECONDS = 0.05
_SILENCE_SECONDS = 6 * HEARTBEAT_SECONDS

Told = dict[str, object]
Signs = tuple[tuple[int, ...] | None, ...]
"""Stamps of files; looking at them costs a hundredth of seeking a holder."""


class Gone(Exception):
    """There is no holder, or it ended before it had answered."""


@dataclass(frozen=True, slots=True)
class Link:
    """One connection, for one request."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    pid: int
    outlives_logout: bool

    async def lines(self, request: Told) -> AsyncGenerator[Told, None]:
        """Send the request and give each line of the answer.

        Raises:
            Gone: when the holder ends in the middle.
            OllamaTuiError: when it answers with a failure, or not at all.
        """
        try:
            self.writer.write(to_line(request))
            await self.writer.drain()
            while line := await _read(self.reader, _SILENCE_SECONDS):
                told = from_line(line)
                if "error" in told:
                    raise error_from_json(told["error"])
                yield told
                # Of a stream the newest is sent at each wish: what is not taken does not pile up.
                self.writer.write(WISH)
        except (OSError, ValueError) as error:
            raise Gone from error


class Links:
    """Finds the holder of one place, and starts it."""

    def __init__(
        self, place: HolderPlace, start: Callable[[HolderPlace], bool] = start_holder
    ) -> None:
        """Nothing is opened yet.

        Args:
            place: where lock and socket are.
            start: starts the holder in a thread; whether it did.
        """
        self._place, self._start = place, start

    def signs(self) -> Signs:
        """What is another one once a holder was started, or has written its journal."""
        return stamp(self._place.lock), stamp(self._place.journal)

    @asynccontextmanager
    async def opened(self, *, starts: bool) -> AsyncIterator[Link]:
        """A connection to the holder.

        Args:
            starts: whether it is started if it is not there.

        Raises:
            Gone: when it is not there and is not to be started.
            OllamaTuiError: when it cannot be started or spoken to.
        """
        link = await (self._surely() if starts else self._found())
        try:
            yield link
        finally:
            link.writer.close()

    async def ask(self, request: Told, *, starts: bool) -> tuple[Link, Told]:
        """The answer to a request, asked again if the holder ends before it has answered.

        Raises:
            Gone: when there is no holder and none is to be started.
            OllamaTuiError: when it answers with a failure, or not at all.
        """
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                async with (
                    self.opened(starts=starts) as link,
                    aclosing(link.lines(request)) as lines,
                ):
                    async for told in lines:
                        return link, told
                raise Gone
            except Gone:
                if not starts or time.monotonic() > until:
                    raise
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _surely(self) -> Link:
        until, pause = time.monotonic() + _START_SECONDS, 0.0
        while True:
            try:
                return await self._found()
            except Gone as error:
                if time.monotonic() > until:
                    raise _silent(self._place) from error
            # One that ends right after its start is not started again and again.
            await asyncio.sleep(pause)
            if await asyncio.to_thread(self._start, self._place):
                pause = min(1.0, 2 * pause or _AGAIN_SECONDS)
            else:
                # Another one starts it right now, or it is about to end.
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _found(self) -> Link:
        # The lock file knows it even where this terminal has another runtime folder.
        named = await asyncio.to_thread(read_socket, self._place.lock)
        try:
            path = named or self._place.socket
            reader, writer = await asyncio.open_unix_connection(path, limit=LONGEST_LINE)
        except OSError as error:
            raise Gone from error
        # In a folder of all users somebody else may listen, for addresses and keys.
        if peer_uid(writer.get_extra_info("socket")) not in (self._place.uid, None):
            writer.close()
            raise Gone
        try:
            return await self._greeted(reader, writer)
        except BaseException:
            writer.close()
            raise

    async def _greeted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Link:
        try:
            greeting = from_line(await _read(reader, _ANSWER_SECONDS))
        except (OSError, ValueError) as error:
            raise Gone from error
        pid = greeting.get("pid")
        if greeting.get("protocol") != PROTOCOL:
            raise OllamaTuiError(
                f"ollama-tui {greeting.get('version')} still holds downloads (process {pid}), "
                "and this version cannot talk to it",
                "Wait until they have ended, or see them with that version's `ollama-tui pulls`.",
            )
        number = pid if isinstance(pid, int) else 0
        return Link(reader, writer, number, greeting.get("outlives_logout") is True)


async def _read(reader: asyncio.StreamReader, seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await reader.readline()
    except TimeoutError as error:
        raise OllamaTuiError(
            "the process that holds the downloads does not answer",
            "It may be stopped or stuck: look for `ollama_tui.holder` among your processes.",
        ) from error


def _silent(place: HolderPlace) -> OllamaTuiError:
    return OllamaTuiError(
        "the process that holds the downloads does not answer",
        f"Look for `ollama_tui.holder` among your processes, and into {place.log}.",
    )
