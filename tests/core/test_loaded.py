"""Loading, keeping and unloading, so that nothing is loaded anew or dropped by mistake."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import (
    InvalidInput,
    NoSuchModel,
    Refused,
    ServerFailed,
    TooOld,
    Unreachable,
)
from ollama_tui.core.keep_alive import FOR_EVER
from ollama_tui.core.loaded import LoadedModels
from ollama_tui.core.pin_ends import Break, Ending
from ollama_tui.core.pin_file import PinFile
from ollama_tui.core.pins import Look, Pin, Pins
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.listener import listen
from ollama_tui.demo.machine import Machine
from ollama_tui.demo.manifests import ModelConfig, composed
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.store import InstalledModel, installed
from ollama_tui.demo.wire import json_answer
from tests.core.conftest import PINNED_ON, OpenService

_PLACES = ", ".join(f"/opt/ollama/{number}/llama-server" for number in range(9))
VECTORS = ModelConfig(family="bert", capabilities=("embedding",), context_length=2048)
NOW = 1_790_000_000.0
LOST = Pin("chat:8b", "", 1024, is_ours=True, broken=Break(Ending.UNLOADED, NOW))
CLOUD = ModelConfig(remote_model="gpt-oss:120b", remote_host="https://ollama.com:443")


def library() -> list[InstalledModel]:
    """A model, its copy, one derived of it, another one, an embedder and a cloud model."""
    chat = installed("chat:8b", 4_000_000)
    terse = composed(chat.manifest.weights, replace(chat.manifest.config, system="Be brief."))
    return [
        chat,
        replace(chat, name=parse_name("copy")),
        replace(chat, name=parse_name("terse"), manifest=terse),
        installed("other", 3_000_000),
        installed("vectors", 2_000_000, config=VECTORS),
        installed("big:480b-cloud", 400, config=CLOUD),
    ]


@pytest.fixture
def emulator(clock: FastClock) -> Emulator:
    return Emulator(library(), now=clock.now, sleep=clock.sleep)


@pytest.fixture
def models(service: OllamaService, pins: PinFile) -> LoadedModels:
    return LoadedModels(service, pins)


async def somebody_loads(url: str, name: str, **how: object) -> None:
    """Load a model as another client does."""
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        path = "embed" if name == "vectors" else "generate"
        answer = await client.post(f"{url}/api/{path}", json={"model": name, **how})
        assert answer.is_success


def contexts(emulator: Emulator) -> dict[str, int]:
    return {runner.name: runner.context_length for runner in emulator.runners.loaded}


def sent(emulator: Emulator) -> list[str]:
    """The paths of all requests that are more than a look."""
    return [
        request.path
        for request in emulator.requests
        if request.method != "GET" and request.path != "/api/show"
    ]


def last_body(emulator: Emulator, path: str) -> dict[str, object]:
    bodies = [json.loads(one.body) for one in emulator.requests if one.path == path]
    body: dict[str, object] = bodies[-1]
    return body


def failing(status: int, words: str) -> Fault:
    return Fault(answer=json_answer({"error": words}, status))


class TestLoading:
    async def test_it_is_loaded_when_the_call_comes_back(
        self, models: LoadedModels, emulator: Emulator
    ) -> None:
        running = await models.load("chat:8b")

        assert running is not None
        assert (running.name, running.context_length) == ("chat:8b", 4096)
        assert "options" not in last_body(emulator, "/api/generate")
        assert "keep_alive" not in last_body(emulator, "/api/generate")

    async def test_the_context_and_the_time_that_are_asked_for_are_kept(
        self, models: LoadedModels, emulator: Emulator, clock: FastClock
    ) -> None:
        await models.load("chat:8b", context=1024, keep_alive=3600)

        [runner] = emulator.runners.loaded
        assert runner.context_length == 1024
        assert runner.expires_at - clock.now() == timedelta(hours=1)

    async def test_what_is_loaded_already_keeps_its_context(
        self, models: LoadedModels, emulator: Emulator, url: str
    ) -> None:
        await somebody_loads(url, "chat:8b", options={"num_ctx": 1024})

        await models.load("chat:8b", keep_alive=FOR_EVER)

        assert contexts(emulator) == {"chat:8b": 1024}

    async def test_for_ever_pins_it(self, models: LoadedModels, clock: FastClock) -> None:
        running = await models.load("chat:8b", keep_alive=FOR_EVER)

        assert running is not None
        assert running.is_pinned(clock.now().timestamp())

    async def test_an_embedding_model_goes_by_embed(
        self, models: LoadedModels, emulator: Emulator
    ) -> None:
        await models.load("vectors", context=1024, keep_alive=60)

        assert contexts(emulator) == {"vectors:latest": 1024}
        assert sent(emulator) == ["/api/embed"]

    async def test_an_embedding_model_is_loaded_where_lists_tell_no_capabilities(
        self, clock: FastClock, open_service: OpenService, pins: PinFile
    ) -> None:
        emulator = Emulator(library(), version="0.24.0", now=clock.now, sleep=clock.sleep)
        async with listen(emulator) as url:
            running = await LoadedModels(open_service(Connection(url)), pins).load("vectors")

            assert running is not None
            assert sent(emulator) == ["/api/generate", "/api/embed"]

    async def test_of_a_derived_model_gives_the_one_whose_weights_are_in_memory(
        self, models: LoadedModels, url: str
    ) -> None:
        await somebody_loads(url, "chat:8b")

        running = await models.load("terse")

        assert running is not None
        assert running.name == "chat:8b"

    async def test_it_asks_about_what_is_in_memory_not_about_the_whole_library(
        self, models: LoadedModels, emulator: Emulator, url: str
    ) -> None:
        chat = emulator.store.models[0]
        for number in range(40):
            derived = replace(chat.manifest.config, system=f"Be {number}.")
            manifest = composed(chat.manifest.weights, derived)
            emulator.store.install(parse_name(f"be{number}"), manifest, emulator.clock.now())
        await somebody_loads(url, "other")

        await models.load("terse")

        assert sum(request.path == "/api/show" for request in emulator.requests) <= 2

    async def test_one_that_the_server_lets_go_at_once_is_none(
        self, models: LoadedModels, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # OLLAMA_KEEP_ALIVE=0 does that.
        monkeypatch.setattr("ollama_tui.demo.runners.KEEP_ALIVE", 0.0)

        assert await models.load("chat:8b") is None
        assert sent(emulator) == ["/api/generate"]

    async def test_for_no_time_is_refused_since_it_would_unload(
        self, models: LoadedModels, emulator: Emulator
    ) -> None:
        with pytest.raises(InvalidInput, match="unload"):
            await models.load("chat:8b", keep_alive=0)

        assert not emulator.requests

    async def test_a_cloud_model_is_refused_and_nothing_is_sent(
        self, models: LoadedModels, emulator: Emulator
    ) -> None:
        with pytest.raises(Refused, match="runs in the cloud"):
            await models.load("big:480b-cloud")

        assert sent(emulator) == []

    async def test_a_missing_model_is_told_and_nothing_is_sent(
        self, models: LoadedModels, emulator: Emulator
    ) -> None:
        with pytest.raises(NoSuchModel, match="No model absent is installed"):
            await models.load("absent")

        assert sent(emulator) == []

    @pytest.mark.parametrize(
        ("status", "words", "kind", "told"),
        [
            (400, "invalid model name", InvalidInput, "invalid model name"),
            (404, "model 'chat:8b' not found", NoSuchModel, "model 'chat:8b' not found"),
            (499, "request canceled", ServerFailed, "request canceled"),
            (
                500,
                "llama runner process has terminated: cudaMalloc failed: out of memory",
                ServerFailed,
                "a GPU is out of memory",
            ),
            (
                500,
                f"error starting llama-server: llama-server binary not found (checked: {_PLACES})",
                ServerFailed,
                "the server's llama-server is missing",
            ),
            (
                503,
                "server busy, please try again.  maximum pending requests exceeded",
                ServerFailed,
                "the server is busy",
            ),
        ],
    )
    async def test_each_error_of_the_server_is_told_in_words(
        self,
        models: LoadedModels,
        emulator: Emulator,
        status: int,
        words: str,
        kind: type[Exception],
        told: str,
    ) -> None:
        emulator.faults["/api/generate"] = failing(status, words)

        with pytest.raises(kind) as failed:
            await models.load("chat:8b")

        assert told in str(failed.value.args[0])

    async def test_a_server_that_goes_away_is_unreachable(
        self, models: LoadedModels, emulator: Emulator
    ) -> None:
        emulator.faults["/api/generate"] = Fault(closes=True)

        with pytest.raises(Unreachable):
            await models.load("chat:8b")

    async def test_a_long_load_is_waited_for_beyond_all_time_outs(
        self, open_service: OpenService, pins: PinFile, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ollama_tui.core.client.READ_SECONDS", 0.1)
        monkeypatch.setattr("ollama_tui.core.client.WHOLE_SECONDS", 0.1)
        clock = FastClock(pause=0.4)
        emulator = Emulator(
            library(), machine=Machine(load_rate=1e4), now=clock.now, sleep=clock.sleep
        )
        began = clock.now()
        async with listen(emulator) as url:
            running = await LoadedModels(open_service(Connection(url)), pins).load("chat:8b")

        assert running is not None
        assert clock.now() - began == timedelta(seconds=400)

    async def test_being_cancelled_aborts_it_at_the_server(
        self, open_service: OpenService, pins: PinFile
    ) -> None:
        started, aborted = asyncio.Event(), asyncio.Event()

        async def load_for_ever(_: float) -> None:
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                aborted.set()

        emulator = Emulator(library(), machine=Machine(load_rate=1), sleep=load_for_ever)
        async with listen(emulator) as url, asyncio.timeout(20):
            loading = asyncio.ensure_future(
                LoadedModels(open_service(Connection(url)), pins).load("chat:8b")
            )
            await started.wait()
            loading.cancel()
            await aborted.wait()

            assert contexts(emulator) == {}
            with pytest.raises(asyncio.CancelledError):
                await loading


class TestKeeping:
    async def test_it_sends_the_context_that_it_was_loaded_with(
        self, models: LoadedModels, emulator: Emulator, url: str, clock: FastClock
    ) -> None:
        await somebody_loads(url, "chat:8b", options={"num_ctx": 1024})

        await models.keep("chat:8b", 1200)

        [runner] = emulator.runners.loaded
        assert runner.context_length == 1024
        assert runner.expires_at - clock.now() == timedelta(minutes=20)
        assert last_body(emulator, "/api/generate") == {
            "model": "chat:8b",
            "stream": False,
            "keep_alive": 1200,
            "options": {"num_ctx": 1024},
        }

    async def test_for_ever_pins_it(
        self, models: LoadedModels, service: OllamaService, url: str, clock: FastClock
    ) -> None:
        await somebody_loads(url, "chat:8b", options={"num_ctx": 1024})

        await models.keep("chat:8b", FOR_EVER)

        [running] = await service.running()
        assert running.is_pinned(clock.now().timestamp())
        assert running.context_length == 1024

    @pytest.mark.parametrize("name", ["copy", "COPY:latest", "library/copy"])
    async def test_another_name_of_it_will_do(
        self, models: LoadedModels, emulator: Emulator, url: str, name: str
    ) -> None:
        await somebody_loads(url, "chat:8b", options={"num_ctx": 1024})

        running = await models.keep(name, 60)

        assert running.name == "chat:8b"
        assert contexts(emulator) == {"chat:8b": 1024}

    async def test_it_works_after_the_name_that_it_was_loaded_by_is_gone(
        self, models: LoadedModels, emulator: Emulator, url: str
    ) -> None:
        await somebody_loads(url, "chat:8b", options={"num_ctx": 1024})
        emulator.store.remove(parse_name("chat:8b"))

        await models.keep("copy", 60)

        assert last_body(emulator, "/api/generate")["model"] == "copy:latest"
        assert contexts(emulator) == {"chat:8b": 1024}

    @pytest.mark.parametrize("version", ["0.24.0", "0.32.15"])
    async def test_an_embedding_model_keeps_its_context_too(
        self, clock: FastClock, open_service: OpenService, pins: PinFile, version: str
    ) -> None:
        emulator = Emulator(library(), version=version, now=clock.now, sleep=clock.sleep)
        async with listen(emulator) as url:
            await somebody_loads(url, "vectors", input="", options={"num_ctx": 512})

            await LoadedModels(open_service(Connection(url)), pins).keep("vectors", FOR_EVER)

            assert contexts(emulator) == {"vectors:latest": 512}
            assert last_body(emulator, "/api/embed")["keep_alive"] == FOR_EVER

    async def test_what_is_not_loaded_is_not_loaded_by_it(
        self, models: LoadedModels, emulator: Emulator, url: str
    ) -> None:
        with pytest.raises(NoSuchModel, match="No model chat:8b is loaded"):
            await models.keep("chat:8b", 60)

        assert sent(emulator) == []

    async def test_a_bad_time_is_told_as_the_server_words_it(
        self, models: LoadedModels, emulator: Emulator, url: str
    ) -> None:
        await somebody_loads(url, "chat:8b")
        emulator.faults["/api/generate"] = failing(400, 'time: missing unit in duration "-1"')

        with pytest.raises(InvalidInput, match="missing unit"):
            await models.keep("chat:8b", 60)


class TestUnloading:
    @pytest.mark.parametrize("name", ["chat:8b", "CHAT:8b", "copy"])
    async def test_any_name_of_it_ends_it(
        self, models: LoadedModels, emulator: Emulator, url: str, name: str
    ) -> None:
        await somebody_loads(url, "chat:8b")

        running = await models.unload(name)

        assert running.name == "chat:8b"
        assert contexts(emulator) == {}

    async def test_the_embedder_goes_the_same_way(
        self, models: LoadedModels, emulator: Emulator, url: str
    ) -> None:
        await somebody_loads(url, "vectors", input="")

        await models.unload("vectors")

        assert contexts(emulator) == {}

    async def test_nothing_is_sent_for_what_is_not_loaded(
        self, models: LoadedModels, emulator: Emulator, url: str
    ) -> None:
        await somebody_loads(url, "other")
        emulator.requests.clear()

        with pytest.raises(NoSuchModel, match="No model chat:8b is loaded"):
            await models.unload("chat:8b")

        assert sent(emulator) == []

    async def test_a_copy_ends_what_was_loaded_by_a_name_that_is_gone(
        self, models: LoadedModels, emulator: Emulator, url: str
    ) -> None:
        await somebody_loads(url, "chat:8b")
        emulator.store.remove(parse_name("chat:8b"))

        await models.unload("chat:8b")

        assert contexts(emulator) == {}

    async def test_a_deleted_model_cannot_be_unloaded_and_that_is_told(
        self, models: LoadedModels, emulator: Emulator, url: str
    ) -> None:
        await somebody_loads(url, "other")
        emulator.store.remove(parse_name("other"))

        with pytest.raises(NoSuchModel, match="loaded, but not installed any more"):
            await models.unload("other")
        with pytest.raises(NoSuchModel, match="loaded, but not installed any more"):
            await models.keep("other", 60)

    async def test_a_server_without_ps_is_too_old(
        self, clock: FastClock, open_service: OpenService, pins: PinFile
    ) -> None:
        emulator = Emulator(library(), version="0.1.37", now=clock.now, sleep=clock.sleep)
        async with listen(emulator) as url:
            with pytest.raises(TooOld):
                await LoadedModels(open_service(Connection(url)), pins).unload("chat:8b")

            assert sent(emulator) == []


class TestReadOnlyMode:
    async def test_nothing_is_even_asked(
        self, url: str, emulator: Emulator, open_service: OpenService, pins: PinFile
    ) -> None:
        models = LoadedModels(open_service(Connection(url, read_only=True)), pins)

        with pytest.raises(Refused, match="Read-only"):
            await models.load("chat:8b")
        with pytest.raises(Refused, match="Read-only"):
            await models.unload("chat:8b")
        with pytest.raises(Refused, match="Read-only"):
            await models.keep("chat:8b", 60)

        assert not emulator.requests


class TestPinning:
    async def test_what_is_kept_for_ever_is_pinned(
        self, models: LoadedModels, pins: PinFile
    ) -> None:
        await models.load("chat:8b", context=1024)
        assert pins.read().pins == ()

        await models.keep("chat:8b", FOR_EVER)

        [pin] = pins.read().pins
        assert (pin.name, pin.context_length, pin.is_ours) == ("chat:8b", 1024, True)

    async def test_what_is_loaded_for_ever_is_pinned_at_once(
        self, models: LoadedModels, pins: PinFile
    ) -> None:
        await models.load("chat:8b", keep_alive=FOR_EVER)

        assert [pin.name for pin in pins.read().pins] == ["chat:8b"]

    async def test_what_somebody_else_loaded_is_not_ours(
        self, models: LoadedModels, pins: PinFile, url: str
    ) -> None:
        await somebody_loads(url, "chat:8b")
        await models.load("chat:8b", keep_alive=FOR_EVER)

        assert [pin.is_ours for pin in pins.read().pins] == [False]

    async def test_a_time_of_its_own_or_unloading_unpins(
        self, models: LoadedModels, pins: PinFile
    ) -> None:
        await models.load("chat:8b", keep_alive=FOR_EVER)
        await models.keep("chat:8b", 60)
        assert pins.read().pins == ()

        await models.keep("chat:8b", FOR_EVER)
        await models.unload("chat:8b")
        assert pins.read().pins == ()

    async def test_a_refused_unload_leaves_the_pin(
        self, models: LoadedModels, pins: PinFile, emulator: Emulator
    ) -> None:
        await models.load("chat:8b", keep_alive=FOR_EVER)
        emulator.faults["/api/generate"] = failing(500, "no")

        with pytest.raises(ServerFailed):
            await models.unload("chat:8b")

        assert [pin.name for pin in pins.read().pins] == ["chat:8b"]

    async def test_a_watcher_writes_down_what_ended(
        self, models: LoadedModels, service: OllamaService, pins: PinFile, url: str
    ) -> None:
        await models.load("chat:8b", keep_alive=FOR_EVER)
        before = await service.running()
        await pins.watch(Look(before, NOW))
        await somebody_loads(url, "chat:8b", keep_alive="5m")

        told = await pins.watch(Look(await service.running(), NOW + 2, before))

        assert [end.how for _, end in told.ended] == [Ending.SHORTENED]
        assert pins.read() == told

    async def test_only_one_of_two_watchers_renews(self, pins: PinFile, tmp_path: Path) -> None:
        await pins.change(lambda _: Pins((LOST,)))
        other = PinFile(tmp_path / "pins.json", PINNED_ON)

        assert await pins.may_renew(LOST, (), NOW)
        assert not await other.may_renew(LOST, (), NOW + 1)
        assert await other.may_renew(LOST, (), NOW + 60)

    async def test_renewing_brings_back_the_context(
        self, models: LoadedModels, emulator: Emulator
    ) -> None:
        await models.renew(LOST, "chat:8b")

        assert contexts(emulator) == {"chat:8b": 1024}

    async def test_a_load_of_ones_own_is_no_loss(
        self, models: LoadedModels, service: OllamaService, pins: PinFile
    ) -> None:
        await models.load("chat:8b", keep_alive=FOR_EVER)
        before = await service.running()
        await pins.watch(Look(before, NOW))

        await models.load("chat:8b", context=1024)
        told = await pins.watch(Look(await service.running(), NOW, before))

        assert told.ended == ()
        assert [(pin.context_length, pin.is_ours) for pin in told.pins] == [(1024, True)]

    async def test_a_load_for_a_time_unpins(self, models: LoadedModels, pins: PinFile) -> None:
        await models.load("chat:8b", keep_alive=FOR_EVER)

        await models.load("chat:8b", keep_alive=60)

        assert pins.read().pins == ()
