"""LocalDownloads whose registries are asked how large the whole model is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from ollama_tui.core import registries as module
from ollama_tui.core.connection import Connection
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.core.registries import Registries
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.manifests import ModelConfig, manifest
from ollama_tui.demo.registry import PullFault, PullFaultKind, Registry
from ollama_tui.demo.transport import EmulatorTransport
from tests.core.leasing import become_true, ending, last, until
from tests.core.test_downloads import ended
from tests.core.test_registries import WatchedTransport

_NEAR, _FAR = "http://127.0.0.1:11434", "http://10.0.0.9:11434"
_WEIGHTS = 600 * 2**20
_MODEL = manifest("m", _WEIGHTS, ModelConfig(system="You are kind.", licences=("MIT",)))
_NAMES = ("m", "127.0.0.1:5000/acme/m", "localhost/acme/m", "registry.lan:5000/acme/m")


@pytest.fixture
def emulator(clock: FastClock) -> Emulator:
    """A server that gets half of a model, and the rest once `registry.faults` are cleared."""
    registry = Registry(dict.fromkeys(_NAMES, _MODEL), rate=6 * 2**20)
    registry.faults["*"] = PullFault(PullFaultKind.STALL, 0.5)
    return Emulator((), registry, now=clock.now, sleep=clock.sleep)


@asynccontextmanager
async def opened(
    emulator: Emulator,
    registries: httpx.AsyncBaseTransport | None,
    url: str = _NEAR,
) -> AsyncIterator[LocalDownloads]:
    """LocalDownloads of a server, whose registries are reached that way, or are not asked."""
    async with LocalDownloads(
        Connection(url, transport=EmulatorTransport(emulator)),
        ["registry.lan:5000"],
        lambda: emulator.clock.now().timestamp(),
        Registries(registries) if registries else None,
    ) as downloads:
        yield downloads


async def sized(downloads: LocalDownloads, name: str) -> Pull:
    """Follow a download until its bytes come and its registry has answered."""
    return await until(downloads.follow(name), lambda pull: pull.fetched > 0 and not pull.is_sizing)


class Silence(httpx.AsyncBaseTransport):
    """A registry that never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.left = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.left.set()
        raise AssertionError


class TestTheWhole:
    async def test_it_is_the_total_while_the_weights_are_on_their_way(
        self, emulator: Emulator
    ) -> None:
        async with opened(emulator, EmulatorTransport(emulator)) as downloads:
            begun = await downloads.start("m")

            pull = await sized(downloads, "m")

        assert begun.is_sizing
        assert pull.total == _MODEL.size > _WEIGHTS
        assert [layer.total for layer in pull.layers] == [_WEIGHTS]

    async def test_a_lease_sees_it_and_ends_with_all_of_it(self, emulator: Emulator) -> None:
        async with opened(emulator, EmulatorTransport(emulator)) as downloads:
            pulls = downloads.lease("m")
            await until(pulls, lambda pull: pull.total == _MODEL.size and pull.layers)
            emulator.registry.faults.clear()

            done = await last(pulls)

        assert (done.state, done.completed) == (PullState.DONE, _MODEL.size)

    async def test_nobody_is_asked_where_there_are_no_registries(self, emulator: Emulator) -> None:
        async with opened(emulator, None) as downloads:
            begun = await downloads.start("m")

            pull = await sized(downloads, "m")

        assert not begun.is_sizing
        assert (pull.total, pull.manifest) == (_WEIGHTS, None)

    async def test_a_registry_that_tells_nothing_leaves_it_to_the_server(
        self, emulator: Emulator
    ) -> None:
        async def deny(request: httpx.Request) -> httpx.Response:
            return httpx.Response(401)

        async with opened(emulator, httpx.MockTransport(deny)) as downloads:
            begun = await downloads.start("m")

            pull = await sized(downloads, "m")

        assert begun.is_sizing
        assert (pull.total, pull.manifest) == (_WEIGHTS, None)


class TestWhoIsAsked:
    @pytest.mark.parametrize(
        ("server", "name", "urls"),
        [
            (_NEAR, "m", ["https://registry.ollama.ai/v2/library/m/manifests/latest"]),
            (_NEAR, _NAMES[1], ["http://127.0.0.1:5000/v2/acme/m/manifests/latest"]),
            (_NEAR, _NAMES[2], ["http://localhost/v2/acme/m/manifests/latest"]),
            (_NEAR, _NAMES[3], ["http://registry.lan:5000/v2/acme/m/manifests/latest"]),
            (_FAR, "m", ["https://registry.ollama.ai/v2/library/m/manifests/latest"]),
            (_FAR, _NAMES[1], []),
            (_FAR, _NAMES[2], []),
            (_FAR, _NAMES[3], ["http://registry.lan:5000/v2/acme/m/manifests/latest"]),
        ],
    )
    async def test_a_loopback_registry_is_asked_only_beside_the_server(
        self, emulator: Emulator, server: str, name: str, urls: list[str]
    ) -> None:
        registries = WatchedTransport(emulator)

        async with opened(emulator, registries, server) as downloads:
            begun = await downloads.start(name)
            pull = await sized(downloads, name)

        assert begun.is_sizing is bool(urls)
        assert pull.total == (_MODEL.size if urls else _WEIGHTS)
        assert registries.urls == urls

    async def test_it_is_asked_over_plain_http_where_that_was_asked_for(
        self, emulator: Emulator
    ) -> None:
        registries = WatchedTransport(emulator)

        async with opened(emulator, registries) as downloads:
            await downloads.start("m", insecure=True)
            await sized(downloads, "m")

        assert registries.urls == ["http://registry.ollama.ai/v2/library/m/manifests/latest"]

    async def test_it_is_asked_once_for_all_who_want_the_model(self, emulator: Emulator) -> None:
        registries = WatchedTransport(emulator)

        async with opened(emulator, registries) as downloads:
            await downloads.start("m")
            await sized(downloads, "m")
            await downloads.start("M:latest")
            await anext(downloads.lease("m"))

        assert len(registries.urls) == 1

    async def test_nothing_is_asked_for_a_download_that_is_given_up_at_once(
        self, emulator: Emulator
    ) -> None:
        registries = WatchedTransport(emulator)

        async with opened(emulator, registries) as downloads:
            pulls = downloads.lease("m")
            await anext(pulls)
            await pulls.aclose()

        assert registries.urls == []


class TestARegistryThatIsSlow:
    @pytest.fixture(autouse=True)
    def for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_SECONDS", 3600)

    async def test_no_download_waits_for_it(self, emulator: Emulator) -> None:
        emulator.registry.faults.clear()
        registries = Silence()

        async with opened(emulator, registries) as downloads:
            await downloads.start("m")

            pull = await ended(downloads, "m")

        assert pull.state is PullState.DONE
        assert pull.completed == pull.total >= _WEIGHTS

    async def test_it_is_left_when_the_last_lease_is(self, emulator: Emulator) -> None:
        registries = Silence()

        async with opened(emulator, registries) as downloads:
            pulls = downloads.lease("m")
            await anext(pulls)
            await registries.asked.wait()

            await pulls.aclose()

            await registries.left.wait()

    async def test_it_is_left_when_the_download_fails(self, emulator: Emulator) -> None:
        registries = Silence()

        async with opened(emulator, registries) as downloads:
            pulls = downloads.lease("m")
            await anext(pulls)
            await registries.asked.wait()
            emulator.registry.faults["*"] = PullFault(PullFaultKind.ERROR, 0.1, "no")

            assert (await ending(pulls)).state is PullState.FAILED

            await registries.left.wait()


async def test_a_registry_whose_address_cannot_be_ends_no_download(emulator: Emulator) -> None:
    async def ask(request: httpx.Request) -> httpx.Response:
        raise OverflowError("connect(): port must be 0-65535.")

    async with opened(emulator, httpx.MockTransport(ask)) as downloads:
        await downloads.start("m")

        await become_true(lambda: not downloads.pulls[0].is_sizing)
