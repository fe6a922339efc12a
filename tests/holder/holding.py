"""Programs that ask the holder, looked at until something is so."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

from ollama_tui.core.downloads import Downloads
from ollama_tui.core.journal import Journal, UnfinishedPull
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.link import Links
from ollama_tui.holder.place import HolderPlace, write_socket
from ollama_tui.holder.protocol import PROTOCOL, Target, from_line, to_line
from ollama_tui.holder.server import Holder
from ollama_tui.holder.servers import Servers
from ollama_tui.holder.sockets import bind
from tests.holders import holders

MIB = 2**20
HELD = 0.5
"""The part of a model that the emulator gets until its faults are gone."""
SERVER = "box.lan:11434"
"""What the files call the emulator."""

OpenClient = Callable[..., Awaitable[HeldDownloads]]
"""Takes what `Target` takes, as keywords."""


def target_of(**how: Any) -> Target:
    """A server whose downloads do not stall unless that is asked for."""
    return Target(**{"server": SERVER, "preflight": False, "stall_seconds": 3600.0, **how})


def client_of(place: HolderPlace, target: Target, *, read_only: bool = False) -> HeldDownloads:
    """Downloads that the holder of that place runs."""
    return HeldDownloads(Links(place), Journal(place.journal), target, read_only=read_only)


async def become_true(is_so: Callable[[], object]) -> None:
    """Wait for something that nobody tells."""
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110 - nobody tells it
            await asyncio.sleep(0.01)


async def no_holder(place: HolderPlace) -> None:
    """Wait until the holder has ended."""
    await become_true(lambda: not holders(place.folder))


async def told(downloads: Downloads, is_so: Callable[[tuple[Pull, ...]], object]) -> None:
    """Watch until the list is so."""
    async with asyncio.timeout(30), aclosing(downloads.watch()) as changes:
        async for pulls in changes:
            if is_so(pulls):
                return


async def reached(downloads: Downloads, name: str, is_so: Callable[[Pull], object]) -> Pull:
    """Follow a download until it is so."""
    async with asyncio.timeout(30), aclosing(downloads.follow(name)) as pulls:
        async for pull in pulls:
            if is_so(pull):
                return pull
    raise AssertionError("it ended before it was so")


async def half_way(downloads: Downloads, *names: str) -> None:
    """Wait until downloads are held up."""
    for name in names:
        await reached(downloads, name, lambda pull: (pull.share or 0) >= HELD - 0.01)


async def ended(downloads: Downloads, name: str) -> Pull:
    """Follow a download to its end."""
    return await reached(downloads, name, lambda pull: pull.state.has_ended)


def states(downloads: Downloads) -> dict[str, PullState]:
    """How each download was when it was last seen, by the model's name without its tag."""
    return {pull.name.removesuffix(":latest"): pull.state for pull in downloads.pulls}


def on_disk(place: HolderPlace, server: str = SERVER) -> dict[str, UnfinishedPull]:
    """What is kept of the downloads that have not arrived."""
    return {one.name: one for one in Journal(place.journal).read(server).unfinished}


def bodies(emulator: Emulator) -> list[str]:
    """The names that `/api/pull` was asked for."""
    return [
        json.loads(request.body)["model"]
        for request in emulator.requests
        if request.path == "/api/pull"
    ]


@asynccontextmanager
async def holder_here(place: HolderPlace) -> AsyncIterator[Holder]:
    """A holder in this process, whose parts a test can change."""
    place.prepare()
    lock = os.open(place.lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    holder = Holder(place, lock, outlives_logout=True)
    try:
        async with asyncio.TaskGroup() as group:
            servers = Servers(Journal(place.journal))
            group.create_task(holder.serve(*place.listen(), servers))
            try:
                yield holder
            finally:
                holder.end()
    finally:
        os.close(lock)


@asynccontextmanager
async def impostor(
    place: HolderPlace, answers: Mapping[str, list[dict[str, object]]], protocol: int = PROTOCOL
) -> AsyncIterator[asyncio.Server]:
    """A holder that keeps the lock and says only what it is told to.

    Args:
        place: where it is.
        answers: the lines that follow a request; to what is missing, nothing is said at all.
        protocol: which it greets with.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(to_line({"protocol": protocol, "version": "9.8.7", "pid": os.getpid()}))
        line = await reader.readline()
        said = answers.get(str(from_line(line)["do"]) if line else "")
        for told in said or ():
            writer.write(to_line(told))
        if said is None or len(said) > 1:
            await reader.read()
        writer.close()

    place.prepare()
    lock = os.open(place.lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    listener = bind(place.socket)
    write_socket(lock, place.socket)
    async with await asyncio.start_unix_server(talk, sock=listener) as server:
        yield server
    os.close(lock)


async def raw_answer(place: HolderPlace, line: bytes) -> bytes:
    """What is answered to a line, after the greeting."""
    reader, writer = await asyncio.open_unix_connection(place.socket)
    await reader.readline()
    try:
        writer.write(line)
        writer.write_eof()
        async with asyncio.timeout(30):
            return await reader.read()
    except ConnectionError:
        # It does not read to its end what is too long for a request.
        return b""
    finally:
        writer.close()
