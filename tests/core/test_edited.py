"""Making a model anew, so that nothing but what was edited is different."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import httpx
import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.core.edited import Edited, EditedModels
from ollama_tui.core.errors import InvalidInput, NoSuchModel, Refused, ServerFailed, TooOld
from ollama_tui.core.service import OllamaService
from ollama_tui.core.tuning import Tuning, tuning_of
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.listener import listen
from ollama_tui.demo.manifests import ModelConfig, composed
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.registry import Registry
from ollama_tui.demo.store import installed
from ollama_tui.demo.wire import json_answer
from tests.core.conftest import OpenService

CHAT = ModelConfig(
    template="{{ .System }}{{ .Prompt }}",
    system="Be brief.",
    licences=("MIT",),
    parameters=(("num_ctx", 8192), ("stop", ["<a>", "<b>"]), ("mirostat", 2)),
)
TUNING = Tuning({"num_ctx": 8192, "stop": ("<a>", "<b>"), "mirostat": ("2",)}, "Be brief.")


@pytest.fixture
def emulator(clock: FastClock) -> Emulator:
    cloud = ModelConfig(remote_model="gpt-oss:120b", remote_host="https://ollama.com:443")
    return Emulator(
        [
            installed("chat:8b", 4_000_000, config=CHAT),
            installed("other", 3_000_000, config=ModelConfig(parameter_size="1B")),
            installed("big:480b-cloud", 400, config=cloud),
        ],
        now=clock.now,
        sleep=clock.sleep,
    )


@pytest.fixture
def models(service: OllamaService) -> EditedModels:
    return EditedModels(service)


def config(emulator: Emulator, name: str) -> ModelConfig:
    model = emulator.store.find(parse_name(name))
    assert model is not None
    return model.manifest.config


def weights(emulator: Emulator, name: str) -> object:
    model = emulator.store.find(parse_name(name))
    assert model is not None
    return model.manifest.weights


def derive(emulator: Emulator, name: str, **changes: object) -> None:
    """Install a model of other words around the weights of `chat:8b`."""
    model = emulator.store.find(parse_name("chat:8b"))
    assert model is not None
    words = replace(model.manifest.config, **changes)  # type: ignore[arg-type]
    made = composed(model.manifest.weights, words)
    emulator.store.install(parse_name(name), made, emulator.clock.now())


def asked(emulator: Emulator) -> list[Mapping[str, object]]:
    """What was asked to be created."""
    bodies = [one.body for one in emulator.requests if one.path == "/api/create"]
    return [json.loads(body) for body in bodies]


async def shown(service: OllamaService, name: str) -> Tuning:
    return tuning_of(await service.whole_show(name))


class TestWhatCanBeEdited:
    async def test_it_is_what_the_server_shows(self, models: EditedModels) -> None:
        assert await models.tuning("chat:8b") == TUNING

    async def test_a_model_that_is_not_there_is_told(self, models: EditedModels) -> None:
        with pytest.raises(NoSuchModel):
            await models.tuning("absent")

    async def test_a_model_of_the_cloud_is_refused(self, models: EditedModels) -> None:
        with pytest.raises(Refused, match="runs in the cloud"):
            await models.tuning("big:480b-cloud")

    @pytest.mark.parametrize("name", ["chat:cloud", "chat:local"])
    async def test_a_name_that_ollama_reads_otherwise_is_refused(
        self, models: EditedModels, name: str
    ) -> None:
        with pytest.raises(Refused, match="cannot be named here"):
            await models.tuning(name)

    @pytest.mark.parametrize("version", ["0.5.4", "0.3.14"])
    async def test_a_server_that_makes_models_otherwise_is_refused(
        self, clock: FastClock, open_service: OpenService, version: str
    ) -> None:
        old = Emulator([installed("m", 1)], Registry({}), version, now=clock.now, sleep=clock.sleep)
        async with listen(old) as url:
            models = EditedModels(open_service(Connection(url)))

            with pytest.raises(TooOld, match=f"Ollama {version} cannot") as refused:
                await models.tuning("m")

        assert "0.5.5" in refused.value.remedy

    async def test_read_only_nothing_is_even_asked(
        self, url: str, emulator: Emulator, open_service: OpenService
    ) -> None:
        models = EditedModels(open_service(Connection(url, read_only=True)))

        with pytest.raises(Refused, match="Read-only"):
            await models.tuning("chat:8b")
        with pytest.raises(Refused, match="Read-only"):
            await models.create("chat:8b", "mine", TUNING, TUNING)
        assert not emulator.requests


class TestChanging:
    async def test_only_what_is_different_is_sent_and_the_rest_stays(
        self, models: EditedModels, emulator: Emulator
    ) -> None:
        after = TUNING.changed({"num_ctx": 4096, "temperature": 0.5})

        edited = await models.create("chat:8b", "chat:8b", TUNING, after)

        [sent] = asked(emulator)
        assert sent["parameters"] == {"num_ctx": 4096, "temperature": 0.5}
        assert (sent["model"], sent["from"], "system" in sent) == ("chat:8b", "chat:8b", False)
        assert edited.model.name == "chat:8b"
        assert config(emulator, "chat:8b").system == "Be brief."
        assert config(emulator, "chat:8b").template == CHAT.template
        assert await models.tuning("chat:8b") == after

    async def test_another_system_prompt_replaces_the_first(
        self, models: EditedModels, emulator: Emulator
    ) -> None:
        after = TUNING.changed({}, system="Be kind.")

        await models.create("chat:8b", "chat:8b", TUNING, after)

        assert asked(emulator)[0]["system"] == "Be kind."
        assert await models.tuning("chat:8b") == after

    async def test_a_new_name_leaves_the_old_model_as_it_is_and_shares_its_weights(
        self, models: EditedModels, emulator: Emulator
    ) -> None:
        edited = await models.create("chat:8b", "mine", TUNING, TUNING.changed({"num_ctx": 4096}))

        assert edited.model.name == "mine:latest"
        assert await models.tuning("chat:8b") == TUNING
        assert weights(emulator, "mine") == weights(emulator, "chat:8b")

    @pytest.mark.parametrize("name", ["CHAT:8B", "library/chat:8b"])
    async def test_another_spelling_of_the_same_name_is_the_same_name(
        self, models: EditedModels, emulator: Emulator, name: str
    ) -> None:
        await models.create("chat:8b", name, TUNING, TUNING.changed({"num_ctx": 4096}))

        assert asked(emulator)[0]["model"] == "chat:8b"

    @pytest.mark.parametrize("name", ["other", "OTHER:latest"])
    async def test_a_name_that_is_taken_is_never_overwritten(
        self, models: EditedModels, emulator: Emulator, name: str
    ) -> None:
        with pytest.raises(Refused, match="other:latest is there already"):
            await models.create("chat:8b", name, TUNING, TUNING.changed({"num_ctx": 4096}))

        assert asked(emulator) == []

    async def test_a_model_that_is_gone_is_not_pulled(
        self, models: EditedModels, emulator: Emulator
    ) -> None:
        emulator.store.remove(parse_name("chat:8b"))

        with pytest.raises(NoSuchModel):
            await models.create("chat:8b", "mine", TUNING, TUNING.changed({"num_ctx": 4096}))

        assert asked(emulator) == []

    @pytest.mark.parametrize(("status", "kind"), [(400, InvalidInput), (500, ServerFailed)])
    async def test_what_the_server_says_against_it_is_told(
        self, models: EditedModels, emulator: Emulator, status: int, kind: type[Exception]
    ) -> None:
        failure = Fault(answer=json_answer({"error": "no room for it"}, status))
        emulator.faults["/api/create"] = failure

        with pytest.raises(kind, match="o room for it"):
            await models.create("chat:8b", "mine", TUNING, TUNING.changed({"num_ctx": 4096}))

    async def test_one_that_was_made_and_is_not_there_keeps_the_letters_of_its_name(
        self, models: EditedModels, emulator: Emulator
    ) -> None:
        emulator.faults["/api/create"] = Fault(answer=json_answer({"status": "success"}))

        with pytest.raises(ServerFailed, match=r"^b:latest is not there"):
            await models.create("chat:8b", "b", TUNING, TUNING.changed({"num_ctx": 4096}))

    async def test_a_loaded_model_is_told_to_keep_what_it_has(
        self, url: str, models: EditedModels
    ) -> None:
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            await client.post(f"{url}/api/generate", json={"model": "chat:8b"})

        same = await models.create("chat:8b", "chat:8b", TUNING, TUNING.changed({"seed": 1}))
        new = await models.create("chat:8b", "mine", TUNING, TUNING.changed({"seed": 2}))

        assert (same.is_loaded, new.is_loaded) == (True, False)

    async def test_what_is_told_of_it_is_safe_to_be_shown(self, service: OllamaService) -> None:
        [model, *_] = await service.library()

        assert Edited(model, ("\x1b]0;x\a",)).caveats == ("set to nothing, shown as <nil>: ]0;x",)


class TestTakingAway:
    async def test_a_parameter_is_set_to_nothing_which_is_not_set(
        self, models: EditedModels, service: OllamaService, emulator: Emulator
    ) -> None:
        after = TUNING.changed({}, ["num_ctx", "stop"])

        edited = await models.create("chat:8b", "chat:8b", TUNING, after)

        assert asked(emulator)[0]["parameters"] == {"num_ctx": None, "stop": []}
        assert edited.voided == ("num_ctx",)
        assert await models.tuning("chat:8b") == after
        assert (await service.details("chat:8b")).parameters == "mirostat 2"

    async def test_stop_texts_leave_nothing_behind(
        self, models: EditedModels, emulator: Emulator
    ) -> None:
        after = TUNING.changed({}, ["stop"])

        edited = await models.create("chat:8b", "chat:8b", TUNING, after)

        assert edited.voided == ()
        assert await models.tuning("chat:8b") == after

    async def test_a_system_prompt_cannot_be_taken_from_a_model_alone(
        self, models: EditedModels, emulator: Emulator
    ) -> None:
        with pytest.raises(Refused, match="cannot take the system prompt away") as refused:
            await models.create("chat:8b", "chat:8b", TUNING, TUNING.changed({}, system=""))

        assert "pull" in refused.value.remedy
        assert asked(emulator) == []

    async def test_a_model_that_was_derived_begins_again_from_its_like(
        self, models: EditedModels, emulator: Emulator
    ) -> None:
        derive(emulator, "base:8b", system="", parameters=(("seed", 1), ("mirostat", 2)))
        after = Tuning({"seed": 7, "mirostat": ("2",)})

        edited = await models.create("chat:8b", "chat:8b", TUNING, after)

        [sent] = asked(emulator)
        assert (sent["from"], sent["parameters"]) == ("base:8b", {"seed": 7})
        assert edited.voided == ()
        assert await models.tuning("chat:8b") == after
        assert config(emulator, "chat:8b").licences == ("MIT",)

    async def test_its_like_may_be_told_to_have_another_number_of_parameters(
        self, models: EditedModels, emulator: Emulator
    ) -> None:
        derive(emulator, "base:8b", system="", parameters=(), parameter_size="8.03B")

        await models.create("chat:8b", "chat:8b", TUNING, Tuning({"seed": 7}))

        assert asked(emulator)[0]["from"] == "base:8b"

    @pytest.mark.parametrize(
        "changes",
        [
            {"template": "{{ .Prompt }}"},
            {"licences": ("Apache",)},
            {"capabilities": ("completion", "tools")},
            {"system": "Another one."},
        ],
        ids=lambda changes: next(iter(changes)),
    )
    async def test_one_that_differs_in_anything_else_is_no_such_model(
        self, models: EditedModels, emulator: Emulator, changes: dict[str, object]
    ) -> None:
        bare: dict[str, object] = {"system": "", "parameters": ()}
        derive(emulator, "base:8b", **(bare | changes))

        with pytest.raises(Refused, match="cannot take the system prompt away"):
            await models.create("chat:8b", "chat:8b", TUNING, Tuning())

        assert asked(emulator) == []

    async def test_nor_is_one_of_other_weights(
        self, models: EditedModels, emulator: Emulator
    ) -> None:
        bare = replace(CHAT, system="", parameters=())
        other = installed("foreign:8b", 4_000_001, config=bare)
        emulator.store.install(other.name, other.manifest, emulator.clock.now())

        with pytest.raises(Refused, match="cannot take the system prompt away"):
            await models.create("chat:8b", "chat:8b", TUNING, Tuning())

    async def test_one_that_cannot_be_shown_is_passed_over(
        self, open_service: OpenService, url: str, emulator: Emulator
    ) -> None:
        derive(emulator, "broken:8b", system="", parameters=())
        service = open_service(Connection(url))
        whole_show = service.whole_show

        async def show(name: str) -> Mapping[str, object]:
            if name.startswith("broken"):
                raise ServerFailed("no such blob")
            return await whole_show(name)

        service.whole_show = show  # type: ignore[method-assign]
        edited = await EditedModels(service).create(
            "chat:8b", "chat:8b", TUNING, TUNING.changed({}, ["num_ctx"])
        )

        assert edited.voided == ("num_ctx",)
