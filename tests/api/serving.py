"""The API behind a real socket, as clients find it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from httpx_sse import ServerSentEvent, aconnect_sse

from ollama_tui.api import create_app
from ollama_tui.api.server import ModelServer
from ollama_tui.core.connection import Connection
from ollama_tui.core.current import CurrentModel
from ollama_tui.core.downloads import Downloads
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.registries import Registries
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.transport import EmulatorTransport

SERVER_KEY = "http://localhost:11434@box"
NOT_RUNNING = "Ollama either not installed or not running."
NO_SUCH_MODEL = "The model you tried to download does not exist."

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Api:
    """The parts that the routes are made of, and a client that asks them."""

    service: OllamaService
    current: CurrentModel
    downloads: Downloads
    client: httpx.AsyncClient
    server: uvicorn.Server

    async def get(self, route: str) -> httpx.Response:
        return await self.client.get(f"/api/models/{route}")

    async def change(self, body: object) -> httpx.Response:
        content = json.dumps(body)
        headers = {"Content-Type": "application/json"}
        return await self.client.post("/api/models/change", content=content, headers=headers)

    async def download(self, name: str) -> httpx.Response:
        """The whole answer, once it has ended."""
        return await self.client.post(f"/api/models/download/{name}")


def parts(
    connection: Connection, folder: Path, registries: Registries | None = None
) -> tuple[OllamaService, CurrentModel, LocalDownloads]:
    """What the routes need; without registries, nobody is asked how large a model is."""
    return (
        OllamaService(connection),
        CurrentModel(folder / "current.json", SERVER_KEY),
        LocalDownloads(connection, registries=registries),
    )


def registries_of(emulator: Emulator) -> Registries:
    """The registries that an emulator pulls from."""
    return Registries(EmulatorTransport(emulator))


@asynccontextmanager
async def serving(
    connection: Connection,
    folder: Path,
    registries: Registries | None = None,
    *,
    alias: str = "",
    token: str = "",
    only_local: bool = True,
) -> AsyncIterator[Api]:
    """The application of the program itself, whose downloads run in its own process."""
    service, current, downloads = parts(connection, folder, registries)
    app = create_app(service, current, downloads, alias=alias, token=token, only_local=only_local)
    async with running(ModelServer(app, service, downloads)) as (client, server):
        yield Api(service, current, downloads, client, server)


@asynccontextmanager
async def running(
    server: uvicorn.Server,
) -> AsyncIterator[tuple[httpx.AsyncClient, uvicorn.Server]]:
    """A server on a free port, and a client of it."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    task = asyncio.create_task(server.serve([listener]))
    try:
        # To read the certificates that it does not need takes 25 ms.
        async with httpx.AsyncClient(base_url=url, timeout=30, verify=False) as client:
            yield client, server
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def following(api: Api, name: str) -> AsyncIterator[AsyncIterator[ServerSentEvent]]:
    """The events of a download, read as they come."""
    path = f"/api/models/download/{name}"
    async with aconnect_sse(api.client, "POST", path) as source:
        yield source.aiter_sse()


async def all_events(api: Api, name: str) -> list[ServerSentEvent]:
    """The events of a download, from its beginning to its end."""
    async with following(api, name) as events:
        return [event async for event in events]


def pieces(events: list[ServerSentEvent]) -> list[Json]:
    """What the events without a name of their own tell."""
    return [event.json() for event in events if event.event == "message"]


def pulls_asked(emulator: Emulator) -> list[Json]:
    """What was asked of `/api/pull`."""
    return [json.loads(r.body) for r in emulator.requests if r.path == "/api/pull"]


async def become_true(is_so: Callable[[], object]) -> None:
    """Wait for something that nobody tells."""
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - neither server tells what it does
            await asyncio.sleep(0.001)


def write(path: Path, content: bytes) -> None:
    """Put a file there, whose folder need not be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def is_there(path: Path) -> bool:
    """Whether a file or a folder is there."""
    return path.exists()
