from __future__ import annotations

import asyncio
import logging
import types
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import uvicorn.server

from ollama_tui.api import events
from ollama_tui.core.connection import Connection
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.listener import listen
from ollama_tui.demo.manifests import Layer, Manifest, ModelConfig, manifest, sha256
from ollama_tui.demo.registry import Registry
from ollama_tui.demo.store import installed
from tests.api.serving import Api, registries_of, serving

MB = 10**6
NO_REGISTRIES = ("127.0.0.1:99999/acme/m", "localhost:99999/acme/m", "xn--a/acme/m")
"""Names of models whose registry has an address that cannot be one."""
_OFFERED = (
    "hf.co/user/repo:Q4_K_M",
    "user/model",
    "registry.lan:5000/acme/m:tag",
    "tiny",
    *NO_REGISTRIES,
)


def model(name: str, *sizes: int) -> Manifest:
    """A model of layers with exactly these sizes, the config last."""
    kinds = ["model", *["template"] * (len(sizes) - 2), "config"]
    layers = tuple(
        Layer(f"sha256:{sha256(f'{name} {at}')}", kind, size)
        for at, (kind, size) in enumerate(zip(kinds, sizes, strict=True))
    )
    return Manifest(sha256(name), layers, ModelConfig())


@pytest.fixture
def emulator() -> Emulator:
    """A server with three models, and a registry with some of 1000 bytes and one of 120 MB."""
    clock = FastClock(pause=0.001)
    cloud = ModelConfig(remote_model="gpt-oss:120b", remote_host="https://ollama.com:443")
    qwen = ModelConfig(family="qwen2", parameter_size="14.8B")
    offered = {name: model(name, 800, 100, 100) for name in _OFFERED}
    offered["big:8b"] = model("big", 60 * MB, 60 * MB - 100, 100)
    offered["llama2:latest"] = manifest("llama2", 3_000)
    return Emulator(
        [
            installed("Qwen2.5:14b", 9_000_000_000, config=qwen),
            installed("gpt-oss:120b-cloud", 400, config=cloud),
            installed("llama2", 3_000),
        ],
        Registry(offered),
        now=clock.now,
        sleep=clock.sleep,
    )


@pytest.fixture
async def url(emulator: Emulator) -> AsyncIterator[str]:
    """The address of the emulator's socket."""
    async with listen(emulator) as url:
        yield url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The state folder, which nobody has made yet."""
    return tmp_path / "state"


@pytest.fixture
async def api(url: str, emulator: Emulator, folder: Path) -> AsyncIterator[Api]:
    """The API of the emulator, whose registry can be asked too."""
    async with serving(Connection(url), folder, registries_of(emulator)) as api:
        yield api


@pytest.fixture(autouse=True)
def _pieces_come_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_EVERY_SECONDS", 0.005)


@pytest.fixture(autouse=True)
def _log_levels() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("httpcore", "httpx", "uvicorn")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(autouse=True)
def _uvicorn_looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    # It looks every tenth of a second whether it should end, and once more at the end.
    async def sleep(_: float) -> None:
        await asyncio.sleep(0.005)

    hurried = types.SimpleNamespace(**{**vars(asyncio), "sleep": sleep})
    monkeypatch.setattr(uvicorn.server, "asyncio", hurried)
