from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.listener import listen
from ollama_tui.demo.manifests import manifest
from ollama_tui.demo.registry import PullFault, PullFaultKind, Registry
from ollama_tui.holder import start
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from tests.holder import forked
from tests.holder.holding import HELD, MIB, OpenClient, client_of, target_of
from tests.holders import end_holders

IN_A_HURRY = """
from ollama_tui.holder import server
server._IDLE_SECONDS, server._TICK_SECONDS = 0.0, 0.01
from ollama_tui.holder.__main__ import main
main()
"""


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[HolderPlace]:
    """Folders of the test's own, whose paths leave room for a socket; its holders are ended."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="h"))
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    # The holder itself looks into its environment when its runtime folder has vanished.
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    state = folder / "state"
    yield HolderPlace(state, "box", {"XDG_RUNTIME_DIR": str(runtime)}, run_user=folder / "none")
    end_holders(state)
    shutil.rmtree(folder)


@pytest.fixture
def forked_holders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Holders that this process starts are there at once."""
    monkeypatch.setattr(start, "_is_run", forked.is_run)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Holders that end as soon as nobody needs them."""
    monkeypatch.setattr(start, "_way_in", lambda: ["-c", IN_A_HURRY])


@pytest.fixture
def emulator() -> Emulator:
    """A server that gets half of `a` to `d`, and the rest once its faults are gone."""
    clock = FastClock(pause=0.002)
    held = {f"{name}:latest": manifest(name, 60 * MIB) for name in "abcd"}
    models = {**held, "tiny:latest": manifest("tiny", MIB)}
    emulator = Emulator((), Registry(models, rate=60 * MIB), now=clock.now, sleep=clock.sleep)
    emulator.registry.faults.update(
        dict.fromkeys(held, PullFault(PullFaultKind.STALL, HELD)),
    )
    return emulator


@pytest.fixture
async def url(emulator: Emulator) -> AsyncIterator[str]:
    """The address of the emulator's socket."""
    async with listen(emulator) as url:
        yield url


@pytest.fixture
async def open_client(place: HolderPlace, url: str) -> AsyncIterator[OpenClient]:
    """Be one more program that asks the holder, until the test ends."""
    async with AsyncExitStack() as opened:

        async def open_one(**how: object) -> HeldDownloads:
            client = client_of(place, target_of(**{"url": url, **how}))
            return await opened.enter_async_context(client)

        yield open_one


@pytest.fixture
async def downloads(open_client: OpenClient) -> HeldDownloads:
    """The downloads as one program sees them."""
    return await open_client()
