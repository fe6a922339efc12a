from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pin_file import PinFile
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.listener import listen
from ollama_tui.demo.manifests import ModelConfig, manifest
from ollama_tui.demo.registry import Registry
from ollama_tui.demo.store import installed
from tests.core.leasing import Lease, OpenLease

MIB = 2**20
PINNED_ON = "http://box:11434"
"""The key of the server whose pins are kept."""

OpenService = Callable[[Connection], OllamaService]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FastClock:
    """The emulator's clock: its waiting takes no time, and a pull's few lines take little."""
    monkeypatch.setattr("ollama_tui.demo.pulls.TICK", 0.15)
    return FastClock()


@pytest.fixture
def emulator(clock: FastClock) -> Emulator:
    """A server with four models, and a registry with three, of which `big` takes 100 s."""
    vision = ModelConfig(
        family="gemma3",
        families=None,
        parameter_size="4.3B",
        capabilities=("completion", "vision"),
        context_length=131072,
        system="You are kind.",
        licences=("MIT", "Apache"),
        parameters=(("stop", ("<a>", "<b>")), ("num_ctx", 8192)),
        model_info={"general.architecture": "gemma3", "gemma3.context_length": 131072},
    )
    cloud = ModelConfig(remote_model="gpt-oss:120b", remote_host="https://ollama.com:443")
    return Emulator(
        [
            installed("Zeta:1b", 5_000),
            installed("gemma3:4b", 4_000, config=vision),
            installed("gpt-oss:120b-cloud", 400, config=cloud),
            installed("alpha", 3_000),
        ],
        Registry(
            {
                "big:8b": manifest("big", 600 * MIB),
                "other": manifest("other", 600 * MIB),
                "tiny": manifest("tiny", MIB),
            },
            rate=6 * MIB,
        ),
        now=clock.now,
        sleep=clock.sleep,
    )


@pytest.fixture
def pins(tmp_path: Path) -> PinFile:
    """No pins yet."""
    return PinFile(tmp_path / "pins.json", PINNED_ON)


@pytest.fixture
async def url(emulator: Emulator) -> AsyncIterator[str]:
    """The address of the emulator's socket."""
    async with listen(emulator) as url:
        yield url


@pytest.fixture
async def open_service(clock: FastClock) -> AsyncIterator[OpenService]:
    """Open a service, to be closed when the test ends; its clock goes as the emulator's does."""
    async with AsyncExitStack() as opened:

        def open_one(connection: Connection) -> OllamaService:
            service = OllamaService(connection, lambda: clock.now().timestamp())
            opened.push_async_callback(service.aclose)
            return service

        yield open_one


@pytest.fixture
def service(url: str, open_service: OpenService) -> OllamaService:
    return open_service(Connection(url))


@pytest.fixture
async def downloads(url: str, emulator: Emulator) -> AsyncIterator[LocalDownloads]:
    """LocalDownloads that look at the emulator's clock."""

    def seconds() -> float:
        return emulator.clock.now().timestamp()

    async with LocalDownloads(Connection(url), clock=seconds) as downloads:
        yield downloads


@pytest.fixture
async def lease(downloads: LocalDownloads) -> AsyncIterator[OpenLease]:
    """Lease a download, until the test ends at the latest."""
    async with AsyncExitStack() as leases:

        def open_one(name: str, *, insecure: bool = False) -> Lease:
            opened = downloads.lease(name, insecure=insecure)
            leases.push_async_callback(opened.aclose)
            return opened

        yield open_one
