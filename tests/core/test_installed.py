"""Copying, renaming and deleting, so that nothing is lost by mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import (
    InvalidInput,
    NoSuchModel,
    OllamaTuiError,
    Refused,
    ServerFailed,
    Unreachable,
)
from ollama_tui.core.installed import InstalledModels
from ollama_tui.core.pin_file import PinFile
from ollama_tui.core.pins import Pin, Pins
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.listener import listen
from ollama_tui.demo.manifests import ModelConfig, composed, manifest
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.store import installed
from ollama_tui.demo.wire import Answer, Disconnected, Request, json_answer
from tests.core.conftest import OpenService

CANNOT_REMOVE = "remove /models/blobs/sha256-0a1b: read-only file system"


class MeddledEmulator(Emulator):
    """A server where something else happens once a request was answered."""

    def __init__(self, clock: FastClock) -> None:
        chat = installed("chat:8b", 4_000_000)
        cloud = ModelConfig(remote_model="gpt-oss:120b", remote_host="https://ollama.com:443")
        super().__init__(
            [
                chat,
                installed("other", 3_000_000, config=ModelConfig(parameter_size="1B")),
                installed("big:480b-cloud", 400, config=cloud),
            ],
            now=clock.now,
            sleep=clock.sleep,
        )
        self.then: dict[str, Callable[[Answer], Answer]] = {}
        """What becomes of an answer, by path."""

    async def answer(self, request: Request) -> Answer:
        given = await super().answer(request)
        return self.then[request.path](given) if request.path in self.then else given

    def derive(self, name: str) -> None:
        """Install a model of other words around the weights of `chat:8b`."""
        chat = self.store.find(parse_name("chat:8b"))
        assert chat is not None
        config = replace(chat.manifest.config, system="Be brief.")
        self.store.install(
            parse_name(name), composed(chat.manifest.weights, config), self.clock.now()
        )

    @property
    def installed(self) -> set[str]:
        return {model.name.shown for model in self.store.models}

    @property
    def loaded(self) -> set[str]:
        return {runner.name for runner in self.runners.loaded}

    @property
    def sent(self) -> list[str]:
        """The paths of all requests that are more than a look."""
        return [
            request.path
            for request in self.requests
            if request.method != "GET" and request.path != "/api/show"
        ]


@pytest.fixture
def emulator(clock: FastClock) -> MeddledEmulator:
    return MeddledEmulator(clock)


@pytest.fixture
def models(service: OllamaService, pins: PinFile) -> InstalledModels:
    return InstalledModels(service, pins)


async def load(url: str, name: str) -> None:
    """Load a model as another client does."""
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        assert (await client.post(f"{url}/api/generate", json={"model": name})).is_success


def failing(status: int, words: str) -> Fault:
    return Fault(answer=json_answer({"error": words}, status))


def failed_after_all(_: Answer) -> Answer:
    return json_answer({"error": CANNOT_REMOVE}, 500)


class TestCopying:
    async def test_the_copy_has_the_same_digest(
        self, models: InstalledModels, service: OllamaService, emulator: MeddledEmulator
    ) -> None:
        copy = await models.copy("chat:8b", "acme/mine:v1")

        original = (await service.library()).installed("chat:8b")
        assert (copy.name, copy.digest) == ("acme/mine:v1", original.digest)
        assert emulator.installed >= {"chat:8b", "acme/mine:v1"}

    @pytest.mark.parametrize(
        "taken",
        ["other", "OTHER", "other:Latest", "library/other", "registry.ollama.ai/library/other"],
    )
    async def test_an_existing_name_is_never_overwritten(
        self, models: InstalledModels, emulator: MeddledEmulator, taken: str
    ) -> None:
        with pytest.raises(Refused, match="other:latest is there already") as refused:
            await models.copy("chat:8b", taken)

        assert "rm other:latest" in refused.value.remedy
        assert emulator.sent == []

    @pytest.mark.parametrize("itself", ["chat:8b", "CHAT:8B", "library/chat:8b"])
    async def test_to_itself_is_refused(
        self, models: InstalledModels, emulator: MeddledEmulator, itself: str
    ) -> None:
        with pytest.raises(Refused, match="chat:8b has that name already"):
            await models.copy("chat:8b", itself)

        assert emulator.sent == []

    @pytest.mark.parametrize("name", ["", "a b", "a/b/c/d", "mine:", "mine:" + "x" * 81])
    async def test_a_name_that_cannot_be_one_is_refused_without_a_request(
        self, models: InstalledModels, emulator: MeddledEmulator, name: str
    ) -> None:
        with pytest.raises(InvalidInput):
            await models.copy("chat:8b", name)

        assert not emulator.requests

    @pytest.mark.parametrize("name", ["mine:local", "mine:cloud", "mine:LOCAL"])
    async def test_a_tag_that_ollama_cuts_off_is_refused_without_a_request(
        self, models: InstalledModels, emulator: MeddledEmulator, name: str
    ) -> None:
        with pytest.raises(Refused, match="as where a model runs"):
            await models.copy("chat:8b", name)

        assert not emulator.requests

    async def test_a_missing_source_is_told(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        with pytest.raises(NoSuchModel, match="No model absent is installed"):
            await models.copy("absent", "mine")

        assert emulator.sent == []

    @pytest.mark.parametrize(
        ("status", "words", "kind"),
        [
            (400, 'source "chat:8b" is invalid', InvalidInput),
            (400, 'destination "mine" is invalid', InvalidInput),
            (404, 'model "chat:8b" not found', NoSuchModel),
            (500, "open /models/manifests: permission denied", ServerFailed),
        ],
    )
    async def test_each_error_of_the_server_is_told_in_its_words(
        self,
        models: InstalledModels,
        emulator: MeddledEmulator,
        status: int,
        words: str,
        kind: type[OllamaTuiError],
    ) -> None:
        emulator.faults["/api/copy"] = failing(status, words)

        with pytest.raises(kind) as failed:
            await models.copy("chat:8b", "mine")

        assert words in failed.value.what


class TestRenaming:
    async def test_the_old_name_goes_once_the_new_one_is_there(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        renamed = await models.rename("chat:8b", "mine")

        assert renamed.name == "mine:latest"
        assert emulator.installed == {"mine:latest", "other:latest", "big:480b-cloud"}
        assert emulator.sent == ["/api/copy", "/api/delete"]

    async def test_a_loaded_model_stays_loaded(
        self, models: InstalledModels, emulator: MeddledEmulator, url: str
    ) -> None:
        await load(url, "chat:8b")

        await models.rename("chat:8b", "mine")

        assert emulator.loaded == {"chat:8b"}

    async def test_a_failed_delete_leaves_both_and_says_so(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        emulator.faults["/api/delete"] = failing(500, CANNOT_REMOVE)

        with pytest.raises(ServerFailed) as failed:
            await models.rename("chat:8b", "mine")

        assert "mine:latest is there, and chat:8b still is, too" in failed.value.what
        assert CANNOT_REMOVE in failed.value.what
        assert "rm chat:8b" in failed.value.remedy
        assert emulator.installed >= {"chat:8b", "mine:latest"}

    async def test_a_connection_that_is_cut_at_the_delete_leaves_both_and_says_so(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        emulator.faults["/api/delete"] = Fault(closes=True)

        with pytest.raises(Unreachable, match="mine:latest is there, and chat:8b still is, too"):
            await models.rename("chat:8b", "mine")

        assert emulator.installed >= {"chat:8b", "mine:latest"}

    async def test_a_server_that_dies_before_the_delete_leaves_both_and_says_so(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        def die(given: Answer) -> Answer:
            if emulator.requests[-1].path == "/api/delete":
                emulator.faults["*"] = Fault(closes=True)
            return given

        emulator.faults["/api/delete"] = Fault(answer=Answer(502, (), b"<html>"))
        emulator.then["/api/delete"] = die

        with pytest.raises(ServerFailed, match="mine:latest is there, and chat:8b may be, too"):
            await models.rename("chat:8b", "mine")

        assert emulator.installed >= {"chat:8b", "mine:latest"}

    async def test_an_old_name_that_was_pulled_anew_meanwhile_is_not_deleted(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        def pulled_anew(given: Answer) -> Answer:
            if "mine:latest" in emulator.installed:
                name, model = parse_name("chat:8b"), manifest("a new version", 1000)
                emulator.store.install(name, model, emulator.clock.now())
            return given

        emulator.then["/api/tags"] = pulled_anew

        with pytest.raises(Refused) as failed:
            await models.rename("chat:8b", "mine")

        assert "mine:latest is there, and chat:8b still is, too" in failed.value.what
        assert "was changed meanwhile" in failed.value.what
        assert emulator.sent == ["/api/copy"]

    async def test_a_server_that_dies_after_the_copy_was_seen_says_that_it_is_there(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        def die(given: Answer) -> Answer:
            if "mine:latest" in emulator.installed:
                emulator.faults["*"] = Fault(closes=True)
            return given

        emulator.then["/api/tags"] = die

        with pytest.raises(Unreachable, match="mine:latest is there, and chat:8b may be, too"):
            await models.rename("chat:8b", "mine")

        assert emulator.installed >= {"chat:8b", "mine:latest"}

    async def test_a_500_after_the_old_name_is_gone_is_a_rename_all_the_same(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        emulator.then["/api/delete"] = failed_after_all

        renamed = await models.rename("chat:8b", "mine")

        assert renamed.name == "mine:latest"
        assert "chat:8b" not in emulator.installed

    async def test_a_copy_with_another_digest_keeps_the_old_name(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        def pulled_over(given: Answer) -> Answer:
            name, model = parse_name("mine"), manifest("a pull that came between", 1000)
            emulator.store.install(name, model, emulator.clock.now())
            return given

        emulator.then["/api/copy"] = pulled_over

        with pytest.raises(ServerFailed, match="The copy mine is not the same") as failed:
            await models.rename("chat:8b", "mine")

        assert "chat:8b is there as it was" in failed.value.remedy
        assert emulator.sent == ["/api/copy"]

    async def test_a_copy_that_is_not_there_keeps_the_old_name(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        emulator.faults["/api/copy"] = Fault(answer=Answer(200))

        with pytest.raises(ServerFailed, match="The copy mine is not there"):
            await models.rename("chat:8b", "mine")

        assert emulator.sent == ["/api/copy"]

    async def test_to_a_name_that_is_taken_nothing_is_sent(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        with pytest.raises(Refused, match="there already"):
            await models.rename("chat:8b", "Other")

        assert emulator.sent == []


class TestDeleting:
    async def test_it_is_gone(self, models: InstalledModels, emulator: MeddledEmulator) -> None:
        deleted = await models.delete("CHAT:8b")

        assert (deleted.name, deleted.unloaded, deleted.trouble) == ("chat:8b", False, "")
        assert deleted.size is not None
        assert deleted.size > 4_000_000
        assert "chat:8b" not in emulator.installed
        assert emulator.sent == ["/api/delete"]

    async def test_a_loaded_model_is_unloaded_first(
        self, models: InstalledModels, emulator: MeddledEmulator, url: str
    ) -> None:
        await load(url, "chat:8b")
        emulator.requests.clear()

        deleted = await models.delete("chat:8b")

        assert deleted.unloaded
        assert emulator.loaded == set()
        assert emulator.sent == ["/api/generate", "/api/delete"]

    async def test_one_that_was_made_anew_while_it_was_loaded_is_too(
        self, models: InstalledModels, emulator: MeddledEmulator, url: str
    ) -> None:
        await load(url, "chat:8b")
        emulator.derive("chat:8b")

        deleted = await models.delete("chat:8b")

        assert deleted.unloaded
        assert emulator.loaded == set()

    @pytest.mark.parametrize("name", ["chat:8b", "copy"])
    async def test_a_copy_of_it_keeps_running(
        self, models: InstalledModels, emulator: MeddledEmulator, url: str, name: str
    ) -> None:
        await models.copy("chat:8b", "copy")
        await load(url, "chat:8b")

        deleted = await models.delete(name)

        assert not deleted.unloaded
        assert len(deleted.shared_with) == 1
        assert emulator.loaded == {"chat:8b"}

    async def test_the_last_name_is_unloaded_even_if_it_was_loaded_by_another_one(
        self, models: InstalledModels, emulator: MeddledEmulator, url: str
    ) -> None:
        await models.copy("chat:8b", "copy")
        await load(url, "chat:8b")
        await models.delete("chat:8b")

        deleted = await models.delete("copy")

        assert deleted.unloaded
        assert emulator.loaded == set()
        assert "copy:latest" not in emulator.installed

    @pytest.mark.parametrize("name", ["chat:8b", "terse"])
    async def test_a_derived_model_of_the_same_weights_keeps_running(
        self, models: InstalledModels, emulator: MeddledEmulator, url: str, name: str
    ) -> None:
        emulator.derive("terse")
        await load(url, name)

        deleted = await models.delete(name)

        assert not deleted.unloaded
        assert deleted.shared_with == ()
        assert emulator.loaded != set()

    async def test_another_model_stays_loaded(
        self, models: InstalledModels, emulator: MeddledEmulator, url: str
    ) -> None:
        await load(url, "other")

        await models.delete("chat:8b")

        assert emulator.loaded == {"other:latest"}

    async def test_one_that_cannot_be_unloaded_is_not_deleted(
        self, models: InstalledModels, emulator: MeddledEmulator, url: str
    ) -> None:
        await load(url, "chat:8b")
        emulator.faults["/api/generate"] = failing(500, "no luck")

        with pytest.raises(ServerFailed, match="no luck"):
            await models.delete("chat:8b")

        assert "chat:8b" in emulator.installed

    async def test_a_500_after_it_is_gone_is_gone_with_trouble(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        emulator.then["/api/delete"] = failed_after_all

        deleted = await models.delete("chat:8b")

        assert CANNOT_REMOVE in deleted.trouble
        assert "chat:8b" not in emulator.installed

    async def test_a_500_while_it_is_there_is_a_failure(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        emulator.faults["/api/delete"] = failing(500, CANNOT_REMOVE)

        with pytest.raises(ServerFailed, match="read-only file system"):
            await models.delete("chat:8b")

    async def test_an_answer_that_is_cut_off_after_it_is_gone_is_gone_with_trouble(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        def cut_off(_: Answer) -> Answer:
            raise Disconnected

        emulator.then["/api/delete"] = cut_off

        deleted = await models.delete("chat:8b")

        assert "closed the connection without an answer" in deleted.trouble

    @pytest.mark.parametrize("name", ["chat:local", "chat:cloud", "acme/chat:Local"])
    async def test_a_tag_that_ollama_cuts_off_is_refused_without_a_request(
        self, models: InstalledModels, emulator: MeddledEmulator, name: str
    ) -> None:
        with pytest.raises(Refused, match="without that tag"):
            await models.delete(name)

        assert not emulator.requests

    async def test_a_cloud_model_is_deleted_as_any_other(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        deleted = await models.delete("big:480b-cloud")

        assert deleted.size is None
        assert emulator.sent == ["/api/delete"]

    async def test_a_missing_model_is_told_and_nothing_is_sent(
        self, models: InstalledModels, emulator: MeddledEmulator
    ) -> None:
        with pytest.raises(NoSuchModel):
            await models.delete("absent")

        assert emulator.sent == []

    @pytest.mark.parametrize(
        ("status", "words", "kind"),
        [
            (400, "model is required", InvalidInput),
            (400, 'name "x y" is invalid', InvalidInput),
            (404, "model 'chat:8b' not found", NoSuchModel),
            (500, "open /models/manifests/chat: no such file or directory", ServerFailed),
        ],
    )
    async def test_each_error_of_the_server_is_told_in_its_words(
        self,
        models: InstalledModels,
        emulator: MeddledEmulator,
        status: int,
        words: str,
        kind: type[OllamaTuiError],
    ) -> None:
        emulator.faults["/api/delete"] = failing(status, words)

        with pytest.raises(kind) as failed:
            await models.delete("chat:8b")

        assert words in failed.value.what


class TestReadOnlyMode:
    async def test_nothing_is_even_asked(
        self, url: str, emulator: MeddledEmulator, open_service: OpenService, pins: PinFile
    ) -> None:
        models = InstalledModels(open_service(Connection(url, read_only=True)), pins)

        with pytest.raises(Refused, match="Read-only"):
            await models.copy("chat:8b", "mine")
        with pytest.raises(Refused, match="Read-only"):
            await models.rename("chat:8b", "mine")
        with pytest.raises(Refused, match="Read-only"):
            await models.delete("chat:8b")

        assert not emulator.requests


async def test_a_server_that_is_down_is_unreachable(
    clock: FastClock, open_service: OpenService, pins: PinFile
) -> None:
    async with listen(MeddledEmulator(clock)) as url:
        models = InstalledModels(open_service(Connection(url)), pins)

    with pytest.raises(Unreachable, match="refused"):
        await models.rename("chat:8b", "mine")


class TestPins:
    async def test_a_pin_follows_a_rename(self, models: InstalledModels, pins: PinFile) -> None:
        await pins.change(lambda _: Pins((Pin("other:latest"),)))

        await models.rename("other", "mine")

        assert [pin.name for pin in pins.read().pins] == ["mine:latest"]

    async def test_it_goes_with_its_model(self, models: InstalledModels, pins: PinFile) -> None:
        await pins.change(lambda _: Pins((Pin("other:latest"),)))

        await models.delete("other")

        assert pins.read().pins == ()

    async def test_it_stays_where_another_name_has_the_model_too(
        self, models: InstalledModels, service: OllamaService, pins: PinFile
    ) -> None:
        copy = await models.copy("other", "mine")
        await pins.change(lambda _: Pins((Pin("other:latest", copy.digest),)))

        await models.delete("mine")

        assert [pin.name for pin in pins.read().pins] == ["other:latest"]

    async def test_it_goes_over_to_another_name_of_its_model(
        self, models: InstalledModels, pins: PinFile
    ) -> None:
        copy = await models.copy("other", "mine")
        await pins.change(lambda _: Pins((Pin("other:latest", copy.digest),)))

        await models.delete("other")

        assert [pin.name for pin in pins.read().pins] == ["mine:latest"]
