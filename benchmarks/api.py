"""Measuring the API beside Ollama's own client: what a list takes, what a download shares."""

from __future__ import annotations

import asyncio
import json
import math
import subprocess
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import httpx
from httpx_sse import aconnect_sse
from ollama import AsyncClient

from benchmarks.emulator import Emulated
from benchmarks.programs import Program, our_api
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.listener import listen
from ollama_tui.demo.manifests import manifest
from ollama_tui.demo.registry import Registry

CLIENTS = 50
_MODEL = "shared:8b"
_SIZE = 2**30
_RATE = _SIZE / 300
"""Bytes a second until all clients have met: too few for the download to end before."""
_PATIENCE_SECONDS = 60.0


@dataclass(slots=True)
class Lists:
    """How long it took to list the models of one server."""

    models: int
    ours_seconds: list[float] = field(default_factory=list)
    bare_seconds: list[float] = field(default_factory=list)
    """Of Ollama's own client, which asks the server itself."""


@dataclass(frozen=True, slots=True)
class Streams:
    """How many pulls a server saw of the clients that downloaded one model at once."""

    clients: int
    ours: int
    bare: int
    """Of Ollama's own clients, which ask the server themselves."""


async def measured_lists(server: Emulated, home: Path, rounds: int) -> Lists:
    """List the models over the API and through Ollama's own client, in turns.

    They are the same each time, so the program does not read them anew: as where it is polled.

    Raises:
        RuntimeError: when an answer lacks models.
    """
    seen = Lists(server.models)
    with _serving(our_api(server.url, home)) as api:
        async with httpx.AsyncClient(base_url=api) as ours, AsyncClient(host=server.url) as bare:

            async def over_the_api() -> int:
                return len((await ours.get("/api/models/all")).raise_for_status().json())

            async def through_ollama() -> int:
                return len((await bare.list()).models)

            # The first of each opens the connections, and ours reads the models.
            await _timed(over_the_api, server.models)
            await _timed(through_ollama, server.models)
            for _ in range(rounds):
                seen.ours_seconds.append(await _timed(over_the_api, server.models))
                seen.bare_seconds.append(await _timed(through_ollama, server.models))
    return seen


async def measured_streams(home: Path) -> Streams:
    """Download one model with many clients at once: of the API, then of Ollama's own kind.

    Raises:
        RuntimeError: when a client sees no progress, or no good end.
        TimeoutError: when they do not all come to see progress.
    """
    emulator = _slow_emulator()
    # The program asks the server nothing before it tells its address: the loop can wait for it.
    async with listen(emulator) as url:
        with _serving(our_api(url, home)) as api:
            async with httpx.AsyncClient(base_url=api) as http:
                ours = await _pulls_of(emulator, lambda: _over_the_api(http))
    emulator = _slow_emulator()
    async with listen(emulator) as url, AsyncClient(host=url) as client:
        bare = await _pulls_of(emulator, lambda: _through_ollama(client))
    return Streams(CLIENTS, ours, bare)


async def _timed(listed: Callable[[], Awaitable[int]], models: int) -> float:
    began = perf_counter()
    count = await listed()
    seconds = perf_counter() - began
    if count != models:
        raise RuntimeError(f"{count} models were listed, not {models}")
    return seconds


def _slow_emulator() -> Emulator:
    return Emulator(registry=Registry({_MODEL: manifest(_MODEL, _SIZE)}, rate=_RATE))


async def _pulls_of(emulator: Emulator, download: Callable[[], AsyncGenerator[int, None]]) -> int:
    """The pulls that the server saw while so many clients downloaded to the end."""
    met = asyncio.Barrier(CLIENTS + 1)
    async with asyncio.timeout(_PATIENCE_SECONDS), asyncio.TaskGroup() as clients:
        for _ in range(CLIENTS):
            clients.create_task(_follow(download(), met))
        await met.wait()
        emulator.registry.rate = math.inf
    return sum(request.path == "/api/pull" for request in emulator.requests)


async def _follow(amounts: AsyncGenerator[int, None], met: asyncio.Barrier) -> None:
    """Wait for all others once the download was seen to grow, then read to the end."""
    async with aclosing(amounts):
        first = await anext(amounts)
        async for amount in amounts:
            if amount > first:
                break
        else:
            raise RuntimeError("a client saw no progress")
        await met.wait()
        async for _ in amounts:
            pass


async def _over_the_api(http: httpx.AsyncClient) -> AsyncGenerator[int, None]:
    """The bytes that each event tells of; the last event is `done`."""
    last = ""
    async with aconnect_sse(http, "POST", f"/api/models/download/{_MODEL}") as source:
        async for event in source.aiter_sse():
            last = event.event
            if last == "error":
                raise RuntimeError(f"a download failed: {event.data}")
            yield int(event.json()["completed"])
    if last != "done":
        raise RuntimeError("the events of a download ended without `done`")


async def _through_ollama(client: AsyncClient) -> AsyncGenerator[int, None]:
    """The bytes that each line tells of; the last line is `success`."""
    last = None
    async for line in await client.pull(_MODEL, stream=True):
        last = line.status
        yield line.completed or 0
    if last != "success":
        raise RuntimeError("the lines of a pull ended without `success`")


@contextmanager
def _serving(program: Program) -> Iterator[str]:
    """The address at which that program serves the API, for as long as it is needed."""
    words = program.home / "stderr"
    with (
        words.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            program.command, env=program.environment, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise RuntimeError(f"no API: {words.read_text(encoding='utf-8')}")
            yield str(json.loads(line)["url"])
        finally:
            process.terminate()
