"""A world to hurry through: a server that can be killed, a registry with faults, the holders."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import stat
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from ollama_tui.core.journal import Journal
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.listener import listen
from ollama_tui.demo.manifests import Layer, Manifest, ModelConfig, sha256
from ollama_tui.demo.registry import PullFault, PullFaultKind, Registry
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.link import Links
from ollama_tui.holder.place import HolderPlace, read_socket
from ollama_tui.holder.protocol import Target
from tests.holders import FORKED, holders

SERVER = "box.lan:11434"
KEPT = ("a:latest", "b:latest", "c:latest")
LEASED = "d:latest"
LAST = "z:latest"
"""What is asked for when all is over, to see that the next holder works."""

_LAYERS, _LAYER_BYTES = 8, 100_000
_RATE = 75_000.0
_HURRY = 20.0
"""How much faster the server's clock goes."""
_SHORTEST_WAIT = 0.01
_STALL_SECONDS = 2.0
"""Longer than twenty servers in one busy process may keep silent: each false alarm doubles a pause.
"""
_LOOK_SECONDS = 0.1

FAULTS = (
    PullFault(PullFaultKind.STALL, 0.3),
    PullFault(PullFaultKind.ABORT, 0.5),
    PullFault(PullFaultKind.BREAK, 0.5),
    PullFault(PullFaultKind.TRUNCATE, 0.6),
    PullFault(PullFaultKind.ERROR, 0.0, "pull model manifest: 500: internal error"),
    PullFault(PullFaultKind.ERROR, 0.4, "max retries exceeded: unexpected status code 500"),
    PullFault(PullFaultKind.ERROR, 0.7, "unexpected EOF"),
)


def _kept_port() -> socket.socket:
    """A port that nobody else is given while the server is away; it refuses every connection."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    return kept


def _model(name: str, layers: int) -> Manifest:
    digests = [f"sha256:{sha256(f'{name} {number}')}" for number in range(layers)]
    found = tuple(Layer(digest, "model", _LAYER_BYTES) for digest in digests)
    return Manifest(sha256(name), found, ModelConfig())


MODELS = {name: _model(name, _LAYERS) for name in (*KEPT, LEASED)} | {LAST: _model(LAST, 1)}


class World:
    """A server on a socket, and a state folder of its own."""

    def __init__(self) -> None:
        began, hurried_from = datetime.now(UTC), time.monotonic()

        def now() -> datetime:
            return began + timedelta(seconds=(time.monotonic() - hurried_from) * _HURRY)

        async def sleep(seconds: float) -> None:
            await asyncio.sleep(max(_SHORTEST_WAIT, seconds / _HURRY) if seconds else 0)

        self.emulator = Emulator((), Registry(MODELS, _RATE), now=now, sleep=sleep)
        self.discarded: Counter[str] = Counter()
        """Bytes that the server lost with its own death, by digest."""
        self._folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="o"))
        nowhere = self._folder / "none"
        self.place = HolderPlace(self._folder / "state", "box", {}, run_user=nowhere)
        self._listening = AsyncExitStack()
        self._turn = asyncio.Lock()
        self._port = _kept_port()
        self.url = ""

    async def __aenter__(self) -> World:
        await self._listen()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._listening.aclose()
        self._port.close()
        shutil.rmtree(self._folder)

    def client(self) -> HeldDownloads:
        """One more program that asks for downloads."""
        target = Target(self.url, SERVER, preflight=False, stall_seconds=_STALL_SECONDS)
        return HeldDownloads(Links(self.place), Journal(self.place.journal), target)

    async def restart(self, seconds: float, *, loses: bool) -> None:
        """Kill the server and start it again.

        Args:
            seconds: how long it is away.
            loses: whether what was in flight is lost, as it is to SIGKILL: part files tell how
                much of them is here only once they were closed in good order.
        """
        async with self._turn:
            closed_before = Counter(self.emulator.store.partials)
            await self._listening.aclose()
            if loses:
                self._lose_all_but(closed_before)
            await asyncio.sleep(seconds)
            await self._listen()

    async def fault(self, name: str, fault: PullFault, seconds: float) -> None:
        """Let something go wrong for a while."""
        spellings = (name, name.upper().replace("LATEST", "latest"))
        self.emulator.registry.faults.update(dict.fromkeys(spellings, fault))
        await asyncio.sleep(seconds)
        for spelling in spellings:
            self.emulator.registry.faults.pop(spelling, None)

    def is_installed(self, name: str) -> bool:
        """Whether the server has the whole model."""
        layers = MODELS[name].layers
        return all(layer.digest in self.emulator.store.blobs for layer in layers)

    def wrong_bytes(self) -> dict[str, int]:
        """Layers of which more or less came than is here or was discarded, and by how much."""
        layers = [layer for model in MODELS.values() for layer in model.layers]
        wrong = {layer.digest: self._surplus(layer) for layer in layers}
        return {digest: surplus for digest, surplus in wrong.items() if surplus}

    def left_behind(self) -> list[str]:
        """What is in the folders, or not as it should be there, after the last holder's end."""
        place, found = self.place, []
        usual = {place.lock, place.journal, place.log}
        for path in place.folder.iterdir():
            is_private = stat.S_IMODE(path.lstat().st_mode) == 0o600
            if path not in usual or not path.is_file() or not is_private:
                found.append(f"{path.name} {path.lstat().st_mode:o}")
        path_of_socket = read_socket(place.lock)
        if path_of_socket is None or path_of_socket.exists():
            found.append(f"the lock names {path_of_socket}")
        if place.log.exists() and "Traceback" in place.log.read_text():
            found.append(place.log.read_text())
        return found

    async def _listen(self) -> None:
        async with asyncio.timeout(30):
            while True:
                # What is being forked has all sockets of this process until it runs its program.
                with suppress(OSError):
                    listening = listen(self.emulator, self._port.getsockname()[1])
                    self.url = await self._listening.enter_async_context(listening)
                    return
                await asyncio.sleep(_SHORTEST_WAIT)

    def _surplus(self, layer: Layer) -> int:
        store, digest = self.emulator.store, layer.digest
        here = layer.size if digest in store.blobs else store.partials.get(digest, 0)
        return self.emulator.downloads.fetched[digest] - here - self.discarded[digest]

    def _lose_all_but(self, kept: Counter[str]) -> None:
        partials = self.emulator.store.partials
        for digest, here in list(partials.items()):
            self.discarded[digest] += here - kept[digest]
            partials[digest] = kept[digest]


class Census:
    """Counts the holders of all worlds, again and again."""

    def __init__(self) -> None:
        self.most: Counter[str] = Counter()
        """How many holders of a state folder ever ran at once."""

    async def count(self) -> None:
        """Count until cancelled."""
        while True:
            for state in FORKED:
                self.most[state] = max(self.most[state], len(holders(Path(state))))
            await asyncio.sleep(_LOOK_SECONDS)

    def signal(self, world: World, number: signal.Signals) -> None:
        """Send a signal to the holder, if there is one."""
        for process in holders(world.place.folder):
            with suppress(psutil.Error):
                process.send_signal(number)
