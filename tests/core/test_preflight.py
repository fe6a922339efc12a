"""What a download will fetch and whether it fits, looked at before it begins."""

from __future__ import annotations

import asyncio
import importlib
import os
import subprocess
import sys
import threading
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest

from ollama_tui.core import preflight as module
from ollama_tui.core.connection import Connection
from ollama_tui.core.forecast import Forecast
from ollama_tui.core.library import Library
from ollama_tui.core.model_folder import ModelFolders
from ollama_tui.core.models import Model
from ollama_tui.core.names import parse_name
from ollama_tui.core.preflight import Preflight
from ollama_tui.core.registries import Registries, can_be_asked
from ollama_tui.core.service import OllamaService
from ollama_tui.demo import manifests as demo
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.registry import Registry
from ollama_tui.demo.store import InstalledModel, installed
from ollama_tui.demo.transport import EmulatorTransport
from ollama_tui.demo.wire import Answer
from tests.core.conftest import OpenService
from tests.core.raw_server import RawServer, answering, http, refused_url
from tests.core.test_model_folder import folder_of_models
from tests.core.test_registries import WatchedTransport

_WEIGHTS, _SYSTEM = 5_000_000, "Be kind."
_MODEL = demo.manifest("m", _WEIGHTS, demo.ModelConfig(system=_SYSTEM, licences=("MIT",)))
_DIGESTS = [layer.digest for layer in _MODEL.layers]
_FREE = 3_000_000
_NEAR, _FAR = "http://127.0.0.1:11434", "http://10.0.0.9:11434"
_DIGEST = f"sha256:{'a' * 64}"


@pytest.fixture
def emulator(clock: FastClock) -> Emulator:
    """A server with the template and the licence of the model that its registry offers."""
    names = ("m", "127.0.0.1:5000/acme/m", "registry.lan:5000/acme/m")
    other = installed("other", 1000, config=demo.ModelConfig(licences=("MIT",)))
    registry = Registry(dict.fromkeys(names, _MODEL))
    return Emulator([other], registry, now=clock.now, sleep=clock.sleep)


@pytest.fixture
def model(emulator: Emulator) -> InstalledModel:
    """The model that the server has."""
    return emulator.store.models[0]


@pytest.fixture
def folder(tmp_path: Path, model: InstalledModel, emulator: Emulator) -> Path:
    """The server's folder."""
    moment = model.modified_at.timestamp()
    files = {"registry.ollama.ai/library/other/latest": moment}
    return folder_of_models(tmp_path / "models", files, *emulator.store.blobs)


def folders(*candidates: Path) -> ModelFolders:
    return ModelFolders(lambda: candidates, lambda _: _FREE)


def preflight(
    server: Connection,
    registry: httpx.AsyncBaseTransport,
    candidates: ModelFolders | None = None,
) -> Preflight:
    """What looks ahead there, with a service that is asked nothing."""
    return Preflight(server, Registries(registry), OllamaService(server), candidates)


async def seen(
    url: str, emulator: Emulator, candidates: ModelFolders | None = None
) -> Forecast | None:
    """What is seen of the registry's model at that server."""
    server, registries = Connection(url), Registries(EmulatorTransport(emulator))
    async with aclosing(OllamaService(server)) as service:
        ahead = Preflight(server, registries, service, candidates)
        return await ahead.look_ahead(parse_name("m"))


def offering(*layers: tuple[object, object]) -> httpx.MockTransport:
    """A registry with one model of these layers."""
    found = {"layers": [{"digest": digest, "size": size} for digest, size in layers]}
    return httpx.MockTransport(lambda _: httpx.Response(200, json=found))


async def asked(server: RawServer, *layers: tuple[object, object]) -> Forecast:
    """What is seen of a model of these layers at that server."""
    forecast = await preflight(Connection(server.url), offering(*layers)).look_ahead(
        parse_name("m")
    )
    assert forecast is not None
    return forecast


class Halting(httpx.AsyncBaseTransport):
    """A server that answers for so many layers, and then is silent."""

    def __init__(self, answered: int) -> None:
        self._answered = answered

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self._answered:
            await asyncio.Event().wait()
        self._answered -= 1
        return httpx.Response(200)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have little time for all questions."""
    monkeypatch.setattr(module, "_ASKING_SECONDS", 0.3)
    monkeypatch.setattr(module, "_SECONDS", 0.6)


class TestWhatIsHere:
    async def test_the_layers_that_the_server_has_need_not_be_fetched(
        self, url: str, emulator: Emulator
    ) -> None:
        forecast = await seen(url, emulator)

        here = sum(layer.size for layer in _MODEL.layers if layer.digest in emulator.store.blobs)
        assert forecast == Forecast(_MODEL.size, here, weights=_WEIGHTS)
        assert forecast.here > 0
        assert forecast.to_fetch == _MODEL.size - here

    async def test_of_a_model_that_is_installed_nothing_is_fetched(
        self, url: str, emulator: Emulator
    ) -> None:
        emulator.store.blobs.update(_DIGESTS)

        assert await seen(url, emulator) == Forecast(_MODEL.size, _MODEL.size, weights=_WEIGHTS)

    async def test_each_layer_is_asked_for_once(self) -> None:
        async with answering(http("200 OK", b"")) as server:
            forecast = await asked(server, (_DIGEST, 7), (_DIGEST, 7))

        assert forecast == Forecast(7, 7)
        assert server.requests == [f"HEAD /api/blobs/{_DIGEST} HTTP/1.1"]

    async def test_a_server_without_this_question_has_nothing(self, clock: FastClock) -> None:
        old = Emulator((), Registry({"m": _MODEL}), "0.1.9", now=clock.now, sleep=clock.sleep)
        transport = EmulatorTransport(old)

        forecast = await preflight(Connection(_NEAR, transport=transport), transport).look_ahead(
            parse_name("m")
        )

        assert forecast == Forecast(_MODEL.size, weights=_WEIGHTS)

    @pytest.mark.parametrize(
        "answer",
        [
            http("500 Internal Server Error", b""),
            http("403 Forbidden", b""),
            http("200 OK", b"", "content-type: text/html; charset=utf-8"),
            http("302 Found", b"", "location: /login"),
            http("302 Found", b"", "location: http://[/"),
            b"nonsense\r\n\r\n",
            b"",
        ],
        ids=["500", "403", "page", "redirect", "redirect to nowhere", "no http", "cut"],
    )
    async def test_what_does_not_speak_of_a_layer_does_not_count(self, answer: bytes) -> None:
        async with answering(answer) as server:
            assert await asked(server, (_DIGEST, 7)) == Forecast(7)

    async def test_nor_does_what_a_proxy_sends_on_to(self) -> None:
        async def send_on(request: httpx.Request) -> httpx.Response:
            is_layer = request.url.path.startswith("/api/blobs/")
            return httpx.Response(302 if is_layer else 200, headers={"location": "/sign-in"})

        server = Connection(_NEAR, transport=httpx.MockTransport(send_on))

        forecast = await preflight(server, offering((_DIGEST, 7))).look_ahead(parse_name("m"))

        assert forecast == Forecast(7)

    async def test_a_server_that_is_not_there_has_nothing(self, emulator: Emulator) -> None:
        assert await seen(await refused_url(), emulator) == Forecast(_MODEL.size, weights=_WEIGHTS)

    async def test_one_layer_that_cannot_be_asked_for_does_not_hide_the_others(
        self, url: str, emulator: Emulator
    ) -> None:
        emulator.store.blobs.update(_DIGESTS)
        emulator.faults[f"/api/blobs/{_DIGESTS[0]}"] = Fault(closes=True)

        assert await seen(url, emulator) == Forecast(
            _MODEL.size, _MODEL.size - _WEIGHTS, weights=_WEIGHTS
        )


class TestDigestsThatAreNone:
    @pytest.mark.parametrize(
        "digest",
        [
            "", "a", "../../../../etc/passwd", f"sha256:{'a' * 63}", f"sha256:{'a' * 65}",
            f"sha256:{'A' * 64}", f"sha256-{'a' * 64}", f"{_DIGEST}\n", f"{_DIGEST}/../x",
            f"sha256:{'a' * 61}../", "sha256:" + "١" * 64,
        ],
    )  # fmt: skip
    async def test_nobody_is_asked_for_them(self, digest: str) -> None:
        async with answering(http("200 OK", b"")) as server:
            forecast = await asked(server, (digest, 7), (_DIGEST, 5))

        assert forecast == Forecast(12, 5)
        assert server.requests == [f"HEAD /api/blobs/{_DIGEST} HTTP/1.1"]


class TestWhatIsSent:
    async def test_it_changes_nothing(
        self, url: str, emulator: Emulator, folder: Path, open_service: OpenService
    ) -> None:
        server = Connection(url, read_only=True)
        registries = Registries(EmulatorTransport(emulator))
        ahead = Preflight(server, registries, open_service(server), folders(folder))

        forecast = await ahead.look_ahead(parse_name("m"))

        assert forecast is not None
        assert forecast.here > 0
        assert forecast.free == _FREE
        assert {request.method for request in emulator.requests} == {"HEAD", "GET"}

    async def test_no_models_are_asked_for_where_no_folder_is_looked_into(
        self, url: str, emulator: Emulator
    ) -> None:
        await seen(url, emulator)

        assert {request.path for request in emulator.requests} == {
            f"/api/blobs/{digest}" for digest in _DIGESTS
        }

    async def test_the_key_is_sent_along(self, emulator: Emulator) -> None:
        transport = WatchedTransport(emulator)
        server = Connection(_NEAR, key="secret", transport=transport)

        await preflight(server, EmulatorTransport(emulator)).look_ahead(parse_name("m"))

        keys = {request.headers["authorization"] for request in transport.requests}
        assert keys == {"Bearer secret"}

    async def test_a_server_below_a_path_is_asked_there(self) -> None:
        async with answering(http("200 OK", b"")) as server:
            await asked(RawServer(f"{server.url}/ollama"), (_DIGEST, 7))

        assert server.requests == [f"HEAD /ollama/api/blobs/{_DIGEST} HTTP/1.1"]


class TestTheRegistry:
    @pytest.fixture
    def registry(self, emulator: Emulator) -> WatchedTransport:
        return WatchedTransport(emulator)

    @pytest.mark.parametrize(
        ("name", "insecure", "scheme"),
        [
            ("m", False, "https"),
            ("registry.lan:5000/acme/m", False, "https"),
            ("registry.lan:5000/acme/m", True, "http"),
            ("127.0.0.1:5000/acme/m", False, "http"),
        ],
    )
    async def test_it_is_asked_over_tls_unless_it_may_be_plain_or_is_on_this_machine(
        self, emulator: Emulator, registry: WatchedTransport, name: str, insecure: bool, scheme: str
    ) -> None:
        server = Connection(_NEAR, transport=EmulatorTransport(emulator))

        forecast = await preflight(server, registry).look_ahead(parse_name(name), insecure=insecure)

        assert forecast is not None
        assert [url.partition("://")[0] for url in registry.urls] == [scheme]

    async def test_one_on_the_machine_of_a_server_elsewhere_is_not_asked(
        self, emulator: Emulator, registry: WatchedTransport
    ) -> None:
        server = Connection(_FAR, transport=EmulatorTransport(emulator))
        name = parse_name("127.0.0.1:5000/acme/m")

        assert await preflight(server, registry).look_ahead(name) is None
        assert registry.urls == []
        assert not emulator.requests

    @pytest.mark.parametrize(
        ("name", "server", "can_be"),
        [
            ("m", _FAR, True),
            ("127.0.0.1:5000/acme/m", _NEAR, True),
            ("localhost/acme/m", _FAR, False),
        ],
    )
    def test_it_can_be_asked_where_it_is_the_same_from_here(
        self, name: str, server: str, can_be: bool
    ) -> None:
        assert can_be_asked(parse_name(name), server) is can_be

    async def test_of_a_model_that_it_lacks_nothing_is_told(
        self, url: str, emulator: Emulator
    ) -> None:
        ahead = preflight(Connection(url), EmulatorTransport(emulator))

        assert await ahead.look_ahead(parse_name("absent")) is None
        assert not emulator.requests

    async def test_without_registries_nobody_is_asked(self, url: str, emulator: Emulator) -> None:
        server = Connection(url)
        ahead = Preflight(server, None, OllamaService(server))

        assert await ahead.look_ahead(parse_name("m")) is None
        assert not emulator.requests


@pytest.fixture
def _imported() -> None:
    """Have imported what takes a while the first time."""
    importlib.import_module("ollama_tui.core.client")


@pytest.mark.usefixtures("_imported", "hurry")
class TestTheTimeThatItTakes:
    async def test_a_silent_registry_is_not_waited_for(self) -> None:
        ahead = preflight(Connection(_NEAR), Halting(0))

        assert await ahead.look_ahead(parse_name("m")) is None

    async def test_of_a_silent_server_the_whole_is_known(self, emulator: Emulator) -> None:
        server = Connection(_NEAR, transport=Halting(0))
        ahead = preflight(server, EmulatorTransport(emulator))

        assert await ahead.look_ahead(parse_name("m")) == Forecast(_MODEL.size, weights=_WEIGHTS)

    async def test_what_was_answered_counts_the_largest_layers_first(
        self, emulator: Emulator
    ) -> None:
        server = Connection(_NEAR, transport=Halting(1))
        ahead = preflight(server, EmulatorTransport(emulator))

        assert await ahead.look_ahead(parse_name("m")) == Forecast(
            _MODEL.size, _WEIGHTS, weights=_WEIGHTS
        )

    async def test_a_silent_disk_is_not_waited_for(
        self, url: str, emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Server and registry answer, however busy the machine is.
        monkeypatch.setattr(module, "_ASKING_SECONDS", 1.5)
        monkeypatch.setattr(module, "_SECONDS", 1.8)
        is_asked, answers = threading.Event(), threading.Event()

        def silent(_: Path) -> int:
            is_asked.set()
            return int(answers.wait(10))

        forecast = await seen(url, emulator, ModelFolders(lambda: [folder], silent))
        answers.set()

        assert is_asked.is_set()
        assert forecast is not None
        assert forecast.here > 0
        assert forecast.free is None


class TestTheDisk:
    async def test_its_space_is_known_where_the_folder_is_the_servers(
        self, url: str, emulator: Emulator, folder: Path
    ) -> None:
        forecast = await seen(url, emulator, folders(folder))

        assert forecast is not None
        assert forecast.free == _FREE
        assert forecast.lacks_space

    @pytest.mark.parametrize("is_usual", [True, False], ids=["usual", "told to the server only"])
    async def test_what_has_arrived_of_a_layer_need_not_be_fetched(
        self, url: str, emulator: Emulator, folder: Path, is_usual: bool
    ) -> None:
        partial = folder / "blobs" / f"{_DIGESTS[0].replace(':', '-')}-partial"
        partial.touch()
        os.truncate(partial, _WEIGHTS)
        part = '{"N":0,"Offset":0,"Size":5000000,"Completed":4000000}'
        partial.with_name(f"{partial.name}-0").write_text(part)
        told = ModelFolders(lambda: (), lambda _: _FREE, named=lambda: folder)

        forecast = await seen(url, emulator, folders(folder) if is_usual else told)

        assert forecast is not None
        assert forecast.partial == 4_000_000
        assert forecast.to_fetch == _MODEL.size - forecast.here - 4_000_000
        assert not forecast.lacks_space

    async def test_the_parts_of_a_layer_that_is_here_do_not_count_twice(
        self, url: str, emulator: Emulator, folder: Path
    ) -> None:
        emulator.store.blobs.update(_DIGESTS)
        for digest in _DIGESTS:
            (folder / "blobs" / digest.replace(":", "-")).touch()
        partial = folder / "blobs" / f"{_DIGESTS[0].replace(':', '-')}-partial"
        partial.write_text("x")
        partial.with_name(f"{partial.name}-0").write_text('{"Size":9,"Completed":7}')

        assert await seen(url, emulator, folders(folder)) == Forecast(
            _MODEL.size, _MODEL.size, free=_FREE, weights=_WEIGHTS
        )

    async def test_it_is_unknown_where_the_folder_lacks_a_layer_of_the_server(
        self, url: str, emulator: Emulator, folder: Path
    ) -> None:
        emulator.store.blobs.update(_DIGESTS)

        assert await seen(url, emulator, folders(folder)) == Forecast(
            _MODEL.size, _MODEL.size, weights=_WEIGHTS
        )

    async def test_a_layer_of_which_the_server_does_not_speak_contradicts_nothing(
        self, url: str, emulator: Emulator, folder: Path
    ) -> None:
        (digest, *_) = emulator.store.blobs & set(_DIGESTS)
        emulator.faults[f"/api/blobs/{digest}"] = Fault(answer=Answer(500))

        forecast = await seen(url, emulator, folders(folder))

        assert forecast is not None
        assert forecast.free == _FREE

    async def test_it_is_unknown_where_the_models_are_of_other_moments(
        self, url: str, emulator: Emulator, folder: Path
    ) -> None:
        (manifest,) = (folder / "manifests").glob("*/*/*/*")
        os.utime(manifest, (1e9, 1e9))

        forecast = await seen(url, emulator, folders(folder))

        assert forecast is not None
        assert forecast.free is None

    async def test_it_is_unknown_where_the_server_does_not_tell_its_models(
        self, url: str, emulator: Emulator, folder: Path
    ) -> None:
        emulator.faults["/api/tags"] = Fault(closes=True)

        forecast = await seen(url, emulator, folders(folder))

        assert forecast is not None
        assert forecast.here > 0
        assert forecast.free is None

    async def test_that_of_a_server_elsewhere_is_not_looked_for(
        self, emulator: Emulator, folder: Path
    ) -> None:
        server = Connection(_FAR, transport=EmulatorTransport(emulator))
        ahead = preflight(server, EmulatorTransport(emulator), folders(folder))

        forecast = await ahead.look_ahead(parse_name("m"))

        assert forecast is not None
        assert forecast.here > 0
        assert forecast.free is None

    async def test_a_folder_that_fails_in_an_odd_way_is_unknown(
        self, url: str, emulator: Emulator
    ) -> None:
        def broken() -> tuple[Path, ...]:
            raise OSError(5, "Input/output error")

        forecast = await seen(url, emulator, ModelFolders(broken))

        assert forecast is not None
        assert forecast.free is None


_HANGS = """
import asyncio, threading
from ollama_tui.core.connection import Connection
from ollama_tui.core.library import Library
from ollama_tui.core.model_folder import ModelFolders
from ollama_tui.core.preflight import Preflight
from ollama_tui.core.service import OllamaService

server, folders = Connection("http://127.0.0.1:9"), ModelFolders(threading.Event().wait)
asyncio.run(Preflight(server, None, OllamaService(server), folders).disk(Library()))
"""


class TestTheDiskOfADelete:
    async def test_it_is_looked_at_without_a_word_to_the_server(
        self, emulator: Emulator, model: InstalledModel, folder: Path
    ) -> None:
        library = Library((Model("other:latest", modified=model.modified_at.timestamp()),))

        disk = await preflight(
            Connection(_NEAR), EmulatorTransport(emulator), folders(folder)
        ).disk(library)

        assert disk is not None
        assert disk.free == _FREE
        assert not emulator.requests

    async def test_that_of_a_server_elsewhere_is_unknown(
        self, emulator: Emulator, folder: Path
    ) -> None:
        ahead = preflight(Connection(_FAR), EmulatorTransport(emulator), folders(folder))

        assert await ahead.disk(Library()) is None

    async def test_a_silent_disk_is_not_waited_for(
        self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_DISK_SECONDS", 0.01)
        may_end = threading.Event()

        def look() -> list[Path]:
            may_end.wait(30)
            return []

        ahead = preflight(Connection(_NEAR), EmulatorTransport(emulator), ModelFolders(look))
        try:
            assert await ahead.disk(Library()) is None
        finally:
            may_end.set()

    def test_nor_does_one_that_hangs_keep_the_program_from_its_end(self) -> None:
        subprocess.run([sys.executable, "-c", _HANGS], check=True, timeout=20)
