"""The holder: it answers on its socket until the last download has ended."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from pathlib import Path

from ollama_tui import __version__
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.holder.answers import Answers
from ollama_tui.holder.place import HolderPlace, own_uid, write_socket
from ollama_tui.holder.protocol import PROTOCOL, to_line
from ollama_tui.holder.servers import Servers
from ollama_tui.holder.sockets import Socket, peer_uid
from ollama_tui.holder.start import opened_lock

_TICK_SECONDS = 0.25
_IDLE_SECONDS = 2.0
"""How long nobody must want anything before it ends."""
_NOTE_SECONDS = 5.0
_REQUEST_SECONDS = 10.0
_LONGEST_REQUEST = 2**20
"""Bytes."""
_log = logging.getLogger(__name__)


class Holder:
    """One user's holder on one machine."""

    def __init__(self, place: HolderPlace, lock: int, *, outlives_logout: bool) -> None:
        """Nothing is served yet.

        Args:
            place: where lock and socket are.
            lock: the descriptor that holds the lock.
            outlives_logout: whether this machine lets it go on when its user logs out.
        """
        self._place, self._lock = place, lock
        self._outlives_logout = outlives_logout
        self._path = Path()
        self._inode: int | None = None
        """Of the socket; None if it has to be made anew."""
        self._listening: asyncio.Server | None = None
        self._requests: set[asyncio.Task[None]] = set()
        """Those that are being answered, but for the watches."""
        self._watches: set[asyncio.Task[None]] = set()
        self._told_to_end = asyncio.Event()

    def end(self) -> None:
        """End in good order; what has not arrived can be resumed."""
        self._told_to_end.set()

    async def serve(self, path: Path, listener: Socket, servers: Servers) -> None:
        """Answer until nobody wants anything any more, or it is told to end.

        Args:
            path: where the socket is.
            listener: the socket, which listens already.
            servers: the downloads.
        """
        async with servers:
            self._answers = Answers(servers)
            await self._listen(path, listener)
            await self._serve_until_idle(servers)
            await self._leave()

    async def _serve_until_idle(self, servers: Servers) -> None:
        wanted_at = noted_at = time.monotonic()
        while not self._told_to_end.is_set():
            now = time.monotonic()
            if servers.are_busy or self._requests:
                wanted_at = now
            elif now - wanted_at >= _IDLE_SECONDS and await self._is_forsaken(servers):
                return
            if now - noted_at >= _NOTE_SECONDS:
                noted_at = now
                await servers.remember()
                await servers.forget_ended()
            with suppress(OllamaTuiError):
                self._stay_the_one()
                await self._stay_reachable()
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._told_to_end.wait()

    async def _is_forsaken(self, servers: Servers) -> bool:
        """Whether nobody asks for anything once nobody can find the socket any more."""
        self._hide()
        # Whoever had connected before is let in now.
        await asyncio.sleep(_TICK_SECONDS)
        return not (servers.are_busy or self._requests)

    def _stay_the_one(self) -> None:
        # Whoever clears the state folder takes the lock with it, and others would hold it too.
        if _inode(self._place.lock) == os.fstat(self._lock).st_ino:
            return
        lock = opened_lock(self._place)
        if lock is None:
            self.end()
        else:
            os.dup2(lock, self._lock, inheritable=False)
            os.close(lock)
            self._inode = None

    async def _stay_reachable(self) -> None:
        # The runtime folder goes when its user has logged out everywhere.
        is_there = self._inode is not None and _inode(self._path) == self._inode
        if not is_there and not self._told_to_end.is_set():
            await self._listen(*self._place.listen())

    async def _listen(self, path: Path, listener: Socket) -> None:
        before = self._listening
        self._listening = await asyncio.start_unix_server(
            self._serve, sock=listener, limit=_LONGEST_REQUEST
        )
        if before is not None:
            before.close()
        self._path, self._inode = path, None
        write_socket(self._lock, path)
        self._inode = _inode(path)

    def _hide(self) -> None:
        if _inode(self._path) == self._inode:
            with suppress(OSError):
                self._path.unlink()

    async def _leave(self) -> None:
        self._told_to_end.set()
        self._hide()
        if self._listening is not None:
            self._listening.close()
        tasks = self._requests | self._watches
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        is_ours = peer_uid(writer.get_extra_info("socket")) in (own_uid(), None)
        # What comes too late is not answered, so that the next holder is asked.
        if task is None or not is_ours or self._told_to_end.is_set():
            writer.close()
            return
        self._requests.add(task)
        try:
            # Only `_leave` cancels it, and Python 3.11 would log that as a fault.
            with suppress(asyncio.CancelledError):
                await self._talk(task, reader, writer)
        except (OSError, ValueError, TypeError, KeyError) as error:
            _log.warning("a request that cannot be answered: %r", error)
        finally:
            self._requests.discard(task)
            self._watches.discard(task)
            writer.close()

    async def _talk(
        self, task: asyncio.Task[None], reader: StreamReader, writer: StreamWriter
    ) -> None:
        def tell_watches() -> None:
            self._requests.discard(task)
            self._watches.add(task)

        writer.transport.set_write_buffer_limits(high=0)
        writer.write(to_line(self._greeting()))
        async with asyncio.timeout(_REQUEST_SECONDS):
            line = await reader.readline()
        if line:
            await self._answers.answer(line, reader, writer, tell_watches)

    def _greeting(self) -> dict[str, object]:
        return {
            "protocol": PROTOCOL,
            "version": __version__,
            "pid": os.getpid(),
            "outlives_logout": self._outlives_logout,
        }


def _inode(path: Path) -> int | None:
    try:
        return path.lstat().st_ino
    except OSError:
        return None
