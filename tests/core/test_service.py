"""Asking a server for its models: a genuine one, an old one and one that lies."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import fields

import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import InvalidInput, NoSuchModel, NotOllama, TooOld
from ollama_tui.core.models import Model, ModelDetails, RunningModel
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.listener import listen
from ollama_tui.demo.store import installed
from ollama_tui.demo.transport import EmulatorTransport
from ollama_tui.demo.wire import Answer, json_answer
from tests.core.conftest import OpenService

_HOSTILE = "\x1b]52;c;eA==\x07[/b]\u202e\n\x9b\ud800x"
_SAFE = "]52;c;eA==[/b]\ufffdx"


def saying(value: object) -> Fault:
    """The server answers with this JSON."""
    return Fault(answer=Answer(200, (), json.dumps(value).encode()))


async def load(url: str, name: str, keep_alive: object = None) -> None:
    """Load a model as another client would."""
    import httpx

    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        body = {"model": name, "keep_alive": keep_alive}
        assert (await client.post(f"{url}/api/generate", json=body)).is_success


class TestTheLibrary:
    async def test_it_lists_what_is_installed_by_name(self, service: OllamaService) -> None:
        library = await service.library()

        assert [model.name for model in library] == [
            "alpha:latest",
            "gemma3:4b",
            "gpt-oss:120b-cloud",
            "Zeta:1b",
        ]

    async def test_it_keeps_what_the_typed_client_drops(self, service: OllamaService) -> None:
        model = (await service.library()).get("gemma3:4b")

        assert model is not None
        assert model.capabilities == ("completion", "vision")
        assert (model.family, model.parameter_size, model.quantization) == (
            "gemma3",
            "4.3B",
            "Q4_K_M",
        )
        assert model.context_length == 131072
        assert model.size is not None
        assert model.size > 4_000
        assert len(model.digest) == 64
        assert model.modified == pytest.approx(1_793_536_215.25)

    async def test_a_cloud_model_has_no_size(self, service: OllamaService) -> None:
        model = (await service.library()).get("gpt-oss:120b-cloud")

        assert model is not None
        assert model.is_cloud
        assert model.size is None

    async def test_an_unchanged_answer_is_the_very_same_object(
        self, service: OllamaService, emulator: Emulator
    ) -> None:
        first = await service.library()
        again = await service.library()
        emulator.faults["/api/tags"] = saying({"models": []})
        changed = await service.library()

        assert again is first
        assert len(changed) == 0

    async def test_another_order_of_equals_changes_nothing(
        self, service: OllamaService, emulator: Emulator
    ) -> None:
        entries: list[object] = [
            {"name": "b", "modified_at": None},
            {"name": "a", "modified_at": None},
        ]
        emulator.faults["/api/tags"] = saying({"models": entries})
        first = await service.library()
        emulator.faults["/api/tags"] = saying({"models": entries[::-1]})

        assert await service.library() is first


class TestOddAnswersForTheLibrary:
    @pytest.mark.parametrize("answer", [{"models": None}, {"models": []}])
    async def test_no_models_is_an_empty_library(
        self, service: OllamaService, emulator: Emulator, answer: object
    ) -> None:
        emulator.faults["/api/tags"] = saying(answer)

        assert len(await service.library()) == 0

    @pytest.mark.parametrize(
        "answer",
        [{}, {"error": "x"}, {"models": {}}, {"models": "x"}, {"models": 7}, {"models": True}],
    )
    async def test_an_object_without_a_list_of_models_is_not_ollamas(
        self, service: OllamaService, emulator: Emulator, answer: object
    ) -> None:
        emulator.faults["/api/tags"] = saying(answer)

        with pytest.raises(NotOllama):
            await service.library()

    @pytest.mark.parametrize(
        ("entry", "model"),
        [
            ({"name": "a:1b"}, Model("a:1b")),
            ({"model": "a:1b"}, Model("a:1b")),
            ({"name": "a:1b", "details": None, "size": None, "digest": None}, Model("a:1b")),
            ({"name": "a:1b", "size": -1, "modified_at": "0001-01-01T00:00:00Z"}, Model("a:1b")),
            ({"name": "a:1b", "size": True, "details": [], "capabilities": {}}, Model("a:1b")),
            ({"name": "a:1b", "size": 2**63, "modified_at": "soon"}, Model("a:1b")),
            ({"name": "a:1b", "size": float("nan"), "modified_at": 7}, Model("a:1b")),
            ({"name": "a:1b", "size": 0, "details": {"context_length": 0}}, Model("a:1b", 0)),
            ({"name": "a:1b", "size": 5.0, "digest": "sha256:ab"}, Model("a:1b", 5, "ab")),
            ({"name": "a", "remote_model": "b", "size": 9}, Model("a", remote_host="b")),
            (
                {"name": "a", "capabilities": ["tools", None, "", "[/b]"]},
                Model("a", capabilities=("tools", "[/b]")),
            ),
        ],
    )
    async def test_every_field_may_be_missing_or_wrong(
        self, service: OllamaService, emulator: Emulator, entry: object, model: Model
    ) -> None:
        emulator.faults["/api/tags"] = saying({"models": [entry]})

        assert (await service.library()).models == (model,)

    async def test_entries_without_a_name_are_left_out(
        self, service: OllamaService, emulator: Emulator
    ) -> None:
        entries: list[object] = [
            None,
            7,
            "x",
            [],
            {},
            {"name": ""},
            {"name": 7},
            {"name": "\x1b"},
            {"name": "a"},
        ]
        emulator.faults["/api/tags"] = saying({"models": entries})

        assert (await service.library()).models == (Model("a"),)

    async def test_hostile_texts_are_made_safe_in_every_field(
        self, service: OllamaService, emulator: Emulator
    ) -> None:
        texts = ("family", "parameter_size", "quantization_level")
        entry = {
            "name": _HOSTILE,
            "digest": _HOSTILE,
            "remote_host": _HOSTILE,
            "capabilities": [_HOSTILE],
            "details": dict.fromkeys(texts, _HOSTILE),
        }
        emulator.faults["/api/tags"] = saying({"models": [entry]})

        model = (await service.library()).models[0]

        assert {model.name, model.digest, model.family, *model.capabilities} == {_SAFE}
        assert model.remote_host == _SAFE
        assert _SAFE.startswith(model.parameter_size)
        assert _SAFE.startswith(model.quantization)

    async def test_endless_texts_are_cut(self, service: OllamaService, emulator: Emulator) -> None:
        emulator.faults["/api/tags"] = saying({"models": [{"name": "a" * 10**6}]})

        assert len((await service.library()).models[0].name) == 500


class TestTheLoadedModels:
    async def test_they_come_with_memory_and_expiry(
        self, service: OllamaService, url: str, emulator: Emulator
    ) -> None:
        await load(url, "gemma3:4b", 600)

        (model,) = await service.running()

        assert model.name == "gemma3:4b"
        assert model.context_length == 8192
        assert model.gpu_share == 1
        assert model.expires_at == pytest.approx(emulator.clock.now().timestamp() + 600, abs=1)

    async def test_a_model_of_ollamas_year_2318_is_pinned(
        self, service: OllamaService, url: str, emulator: Emulator
    ) -> None:
        await load(url, "alpha", -1)

        (model,) = await service.running()

        assert model.is_pinned(emulator.clock.now().timestamp())

    @pytest.mark.parametrize("hours", [-9, 3, 0.5])
    async def test_a_clock_that_is_off_changes_nothing_about_the_time_that_is_left(
        self, url: str, emulator: Emulator, clock: FastClock, hours: float
    ) -> None:
        here = clock.now().timestamp() - hours * 3600
        async with aclosing(OllamaService(Connection(url), lambda: here)) as service:
            await load(url, "alpha", 600)

            (model,) = await service.running()

            assert model.time_left(here) == pytest.approx(600, abs=2)
            assert await service.running() == (model,)

    async def test_an_unchanged_answer_is_the_very_same_object(
        self, service: OllamaService, url: str
    ) -> None:
        await load(url, "alpha")
        await load(url, "Zeta:1b")
        first = await service.running()

        assert await service.running() is first

    @pytest.mark.parametrize(
        ("entry", "model"),
        [
            ({"name": "a"}, RunningModel("a")),
            ({"model": "a", "size": None, "size_vram": "9"}, RunningModel("a")),
            ({"name": "a", "expires_at": "0001-01-01T00:00:00Z"}, RunningModel("a")),
            ({"name": "a", "size": 5, "size_vram": 9}, RunningModel("a", size=5, size_vram=9)),
            ({"name": _HOSTILE, "digest": _HOSTILE}, RunningModel(_SAFE, _SAFE)),
        ],
    )
    async def test_every_field_may_be_missing_or_wrong(
        self, service: OllamaService, emulator: Emulator, entry: object, model: RunningModel
    ) -> None:
        emulator.faults["/api/ps"] = saying({"models": [entry, None, {}]})

        assert await service.running() == (model,)

    async def test_a_server_that_answers_ps_is_alive(
        self, service: OllamaService, emulator: Emulator
    ) -> None:
        assert await service.is_alive()

        emulator.faults["/api/ps"] = Fault(closes=True)

        assert not await service.is_alive()

    async def test_lists_fail_independently(
        self, service: OllamaService, emulator: Emulator
    ) -> None:
        emulator.faults["/api/ps"] = Fault(answer=json_answer({"error": "oops"}, 500))

        assert len(await service.library()) == 4
        assert not await service.is_alive()


class TestTheDetails:
    async def test_all_is_told(self, service: OllamaService) -> None:
        details = await service.details("gemma3:4b")

        assert (details.family, details.families) == ("gemma3", ())
        assert (details.architecture, details.context_length) == ("gemma3", 131072)
        assert details.parameters == 'num_ctx 8192\nstop "<a>"\nstop "<b>"'
        assert details.system == "You are kind."
        assert details.licence == "MIT\nApache"
        assert details.template == "{{ .Prompt }}"
        assert "FROM /usr/share" in details.modelfile

    async def test_a_missing_model_is_told_in_the_servers_words(
        self, service: OllamaService
    ) -> None:
        with pytest.raises(NoSuchModel, match="Model 'absent:latest' not found"):
            await service.details("absent")

    async def test_a_name_that_cannot_be_is_refused_before_anything_is_sent(
        self, service: OllamaService, emulator: Emulator
    ) -> None:
        with pytest.raises(InvalidInput):
            await service.details("a b")

        assert not emulator.requests

    @pytest.mark.parametrize(
        "answer",
        [
            {},
            {"details": None, "model_info": None, "capabilities": None, "license": 7},
            {"model_info": {"general.architecture": 7}, "parameters": ["x"]},
            {"model_info": {"general.architecture": "", ".context_length": "many"}},
        ],
    )
    async def test_every_field_may_be_missing_or_wrong(
        self, service: OllamaService, emulator: Emulator, answer: object
    ) -> None:
        emulator.faults["/api/show"] = saying(answer)

        assert await service.details("a") == ModelDetails("a")

    async def test_hostile_texts_are_made_safe_in_every_field(
        self, service: OllamaService, emulator: Emulator
    ) -> None:
        texts = ("license", "modelfile", "parameters", "template", "system")
        emulator.faults["/api/show"] = saying(
            {
                **dict.fromkeys(texts, _HOSTILE),
                "details": {"family": _HOSTILE, "families": [_HOSTILE]},
                "model_info": {"general.architecture": _HOSTILE},
                "capabilities": [_HOSTILE],
            }
        )

        details = await service.details("a")

        shown = "".join(str(getattr(details, field.name)) for field in fields(details))
        assert "]52;c;eA==[/b]" in shown
        assert shown.replace("\n", "").isprintable()


class TestTheVersion:
    async def test_it_is_what_the_server_says(self, service: OllamaService) -> None:
        assert await service.version() == "0.32.15"

    @pytest.mark.parametrize("answer", [{}, {"version": None}, {"version": ""}])
    async def test_a_server_that_does_not_say_has_none(
        self, service: OllamaService, emulator: Emulator, answer: object
    ) -> None:
        emulator.faults["/api/version"] = saying(answer)

        assert await service.version() == ""

    async def test_a_hostile_one_is_made_safe(
        self, service: OllamaService, emulator: Emulator
    ) -> None:
        emulator.faults["/api/version"] = saying({"version": "1\x1b[2J" + "9" * 100})

        assert (await service.version()).startswith("1[2J9")
        assert len(await service.version()) <= 40


class TestOldServers:
    async def test_one_that_gives_only_names_is_listed(self, open_service: OpenService) -> None:
        async with listen(Emulator([installed("a:1b", 5)], version="0.1.20")) as url:
            library = await open_service(Connection(url)).library()

        assert [model.name for model in library] == ["a:1b"]
        assert library.models[0].capabilities == ()

    async def test_one_without_ps_says_that_it_is_too_old(self, open_service: OpenService) -> None:
        async with listen(Emulator(version="0.1.37")) as url:
            with pytest.raises(TooOld, match="does not have this call"):
                await open_service(Connection(url)).running()

    async def test_one_without_a_version_says_that_it_is_too_old(
        self, open_service: OpenService
    ) -> None:
        async with listen(Emulator(version="0.1.13")) as url:
            with pytest.raises(TooOld):
                await open_service(Connection(url)).version()

    async def test_one_without_model_info_still_shows_details(
        self, open_service: OpenService
    ) -> None:
        async with listen(Emulator([installed("a:1b", 5)], version="0.1.44")) as url:
            details = await open_service(Connection(url)).details("a:1b")

        assert details.context_length is None
        assert details.family == "llama"


class TestWithoutASocket:
    async def test_the_demos_transport_carries_the_same_answers(
        self, open_service: OpenService, emulator: Emulator
    ) -> None:
        connection = Connection("http://demo:80", transport=EmulatorTransport(emulator))
        service = open_service(connection)

        assert await service.version() == "0.32.15"
        assert len(await service.library()) == 4

    async def test_closing_is_no_end(self, service: OllamaService) -> None:
        await service.version()
        await service.aclose()

        assert await service.version() == "0.32.15"

    async def test_the_address_is_shown_without_a_password(self) -> None:
        assert OllamaService(Connection("http://user:pw@h:1")).url == "http://h:1"
