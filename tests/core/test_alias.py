"""The alias: a copy on the server that follows the current model, and takes nobody's place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ollama_tui.core.alias import CurrentAlias
from ollama_tui.core.connection import Connection
from ollama_tui.core.current import AliasRecord, CurrentModel
from ollama_tui.core.errors import (
    InvalidInput,
    NoSuchModel,
    OllamaTuiError,
    Refused,
    ServerFailed,
    StateUnwritable,
)
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.manifests import Manifest, manifest
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.wire import Answer, json_answer
from tests.core.conftest import OpenService

ALIAS = "current:latest"

Open = Callable[..., CurrentAlias]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "current.json"


@pytest.fixture
def current(path: Path) -> CurrentModel:
    return CurrentModel(path, "here")


@pytest.fixture
def alias(service: OllamaService, current: CurrentModel) -> CurrentAlias:
    return CurrentAlias(service, current, "current")


def digest(emulator: Emulator, name: str) -> str | None:
    """The digest of an installed model; None if there is none of that name."""
    model = emulator.store.find(parse_name(name))
    return model.manifest.digest if model else None


def install(emulator: Emulator, name: str, found: Manifest) -> None:
    emulator.store.install(parse_name(name), found, emulator.clock.now())


def sent(emulator: Emulator) -> list[str]:
    """The paths of all requests that are more than a look."""
    return [request.path for request in emulator.requests if request.method != "GET"]


def entry(path: Path) -> object:
    """What the file says of the server."""
    return json.loads(path.read_text())["servers"]["here"]


async def choose(alias: CurrentAlias, service: OllamaService, name: str) -> str:
    return await alias.choose(name, await service.library())


class TestFollowing:
    async def test_the_first_choice_makes_it(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")

        assert await alias.follow()

        assert digest(emulator, ALIAS) == digest(emulator, "alpha")
        assert sent(emulator) == ["/api/copy"]

    async def test_the_next_choice_moves_it(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        for name in ("alpha", "gemma3:4b"):
            await choose(alias, service, name)
            await alias.follow()

        assert digest(emulator, ALIAS) == digest(emulator, "gemma3:4b")
        assert digest(emulator, "alpha")

    async def test_another_program_of_the_same_user_moves_it_too(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator, path: Path
    ) -> None:
        await choose(alias, service, "alpha")
        await alias.follow()
        other = CurrentAlias(service, CurrentModel(path, "here"), ALIAS)

        await choose(other, service, "gemma3:4b")
        await other.follow()

        assert digest(emulator, ALIAS) == digest(emulator, "gemma3:4b")

    async def test_one_that_is_right_already_costs_no_request(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        await alias.follow()
        emulator.requests.clear()

        assert not await alias.follow()

        assert sent(emulator) == []

    async def test_one_that_was_deleted_is_made_again(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        await alias.follow()
        emulator.store.remove(parse_name(ALIAS))

        assert await alias.follow()

        assert digest(emulator, ALIAS) == digest(emulator, "alpha")

    async def test_a_model_of_the_cloud_is_copied_like_any_other(
        self, alias: CurrentAlias, service: OllamaService
    ) -> None:
        await choose(alias, service, "gpt-oss:120b-cloud")
        await alias.follow()

        copy = (await service.library()).installed(ALIAS)
        assert copy.is_cloud

    async def test_two_at_once_send_one_copy(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")

        await asyncio.gather(alias.follow(), alias.follow())

        assert sent(emulator) == ["/api/copy"]

    async def test_without_a_choice_nothing_is_asked(
        self, alias: CurrentAlias, emulator: Emulator
    ) -> None:
        assert not await alias.follow()

        assert sent(emulator) == []

    async def test_without_a_name_it_is_off(
        self, service: OllamaService, current: CurrentModel, emulator: Emulator
    ) -> None:
        off = CurrentAlias(service, current)
        await choose(off, service, "alpha")
        emulator.requests.clear()

        assert not await off.follow()
        assert not await off.follow_change(await service.library())

        assert [request.path for request in emulator.requests] == ["/api/tags"]
        assert not off.is_alias("")

    async def test_what_only_it_has_goes_before_it_moves(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        await alias.follow()
        emulator.store.remove(parse_name("alpha"))
        await choose(alias, service, "gemma3:4b")
        emulator.requests.clear()

        await alias.follow()

        # A copy over it would leave its layers on the disk without a name.
        assert sent(emulator) == ["/api/delete", "/api/copy"]
        assert digest(emulator, ALIAS) == digest(emulator, "gemma3:4b")

    async def test_what_only_it_has_stays_while_it_is_loaded(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        await alias.follow()
        await (await service.client()).ask_runner("alpha:latest")
        emulator.store.remove(parse_name("alpha"))
        await choose(alias, service, "gemma3:4b")
        emulator.requests.clear()

        await alias.follow()

        # Ollama leaves a model in memory that is deleted while it is loaded.
        assert sent(emulator) == ["/api/copy"]


class TestWhatIsNotOurs:
    async def test_a_model_of_that_name_is_never_overwritten(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        theirs = manifest("theirs", 9_000)
        install(emulator, ALIAS, theirs)
        await choose(alias, service, "alpha")

        with pytest.raises(Refused, match="Not made by this program") as refusal:
            await alias.follow()

        assert "`ollama-tui mv current:latest NEW`" in refusal.value.remedy
        assert digest(emulator, ALIAS) == theirs.digest
        assert sent(emulator) == []

    async def test_one_that_was_changed_by_somebody_is_not_overwritten(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        await alias.follow()
        theirs = manifest("theirs", 9_000)
        install(emulator, ALIAS, theirs)
        await choose(alias, service, "gemma3:4b")

        with pytest.raises(Refused):
            await alias.follow()

        assert digest(emulator, ALIAS) == theirs.digest

    async def test_one_that_happens_to_be_the_same_needs_nothing_and_is_not_ours(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        alpha = emulator.store.find(parse_name("alpha"))
        assert alpha
        install(emulator, ALIAS, alpha.manifest)
        await choose(alias, service, "alpha")

        assert not await alias.follow()

        await choose(alias, service, "gemma3:4b")
        with pytest.raises(Refused):
            await alias.follow()
        assert digest(emulator, ALIAS) == alpha.manifest.digest

    async def test_one_made_for_another_name_is_not_this_one(
        self, alias: CurrentAlias, service: OllamaService, current: CurrentModel, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        await alias.follow()
        other = CurrentAlias(service, current, "Zeta:1b")
        before = digest(emulator, "Zeta:1b")

        with pytest.raises(Refused):
            await other.follow()

        assert digest(emulator, "Zeta:1b") == before

    async def test_one_that_a_crash_left_unseen_is_known_again(
        self,
        alias: CurrentAlias,
        service: OllamaService,
        current: CurrentModel,
        emulator: Emulator,
    ) -> None:
        await choose(alias, service, "alpha")
        await alias.follow()
        made = current.alias()
        assert made
        # As if it had ended between the copy and the look at it.
        current.keep_alias(AliasRecord(ALIAS, digest(emulator, "Zeta:1b") or "", made.digest))

        await choose(alias, service, "gemma3:4b")
        await alias.follow()

        assert digest(emulator, ALIAS) == digest(emulator, "gemma3:4b")


class TestFailing:
    async def test_it_is_told_in_words_and_the_choice_stays(
        self, alias: CurrentAlias, service: OllamaService, current: CurrentModel, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        emulator.faults["/api/copy"] = Fault(answer=Answer(500, (), b'{"error":"no space"}'))

        trouble = await alias.try_to_follow()

        assert trouble == "Alias current:latest does not follow (the server failed: no space)."
        assert current.read() == "alpha:latest"

    async def test_a_copy_that_is_not_there_afterwards_is_a_failure(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        emulator.faults["/api/copy"] = Fault(answer=Answer(200), times=9)

        with pytest.raises(ServerFailed, match="is not there, or not the same"):
            await alias.follow()

        assert sent(emulator) == ["/api/copy"] * 2

    async def test_a_current_model_that_is_gone_leaves_it_as_it_is(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        await alias.follow()
        made = digest(emulator, "alpha")
        emulator.store.remove(parse_name("alpha"))

        with pytest.raises(NoSuchModel):
            await alias.follow()

        assert digest(emulator, ALIAS) == made

    async def test_in_read_only_mode_one_may_choose_and_it_stays(
        self, url: str, open_service: OpenService, current: CurrentModel, emulator: Emulator
    ) -> None:
        service = open_service(Connection(url, read_only=True))
        alias = CurrentAlias(service, current, ALIAS)

        await choose(alias, service, "alpha")
        trouble = await alias.try_to_follow()

        assert current.read() == "alpha:latest"
        assert "read-only mode" in trouble
        assert sent(emulator) == []

    async def test_what_cannot_be_written_down_is_not_sent(
        self,
        alias: CurrentAlias,
        service: OllamaService,
        emulator: Emulator,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await choose(alias, service, "alpha")

        def keep_alias(*_: object) -> None:
            raise StateUnwritable("current.json could not be written")

        monkeypatch.setattr(CurrentModel, "keep_alias", keep_alias)
        with pytest.raises(StateUnwritable):
            await alias.follow()

        assert sent(emulator) == []


class TestChoosingIt:
    async def test_it_is_refused_and_a_model_of_the_same_digest_named(
        self, alias: CurrentAlias, service: OllamaService, current: CurrentModel
    ) -> None:
        await choose(alias, service, "alpha")
        await alias.follow()

        with pytest.raises(Refused, match="is the alias of the current model") as refusal:
            await choose(alias, service, "CURRENT")

        assert refusal.value.remedy == "Choose a model itself, such as alpha:latest."
        assert current.read() == "alpha:latest"

    async def test_one_that_is_not_there_is_no_such_model(
        self, alias: CurrentAlias, service: OllamaService
    ) -> None:
        with pytest.raises(NoSuchModel):
            await choose(alias, service, ALIAS)

    async def test_one_that_was_chosen_before_it_was_the_alias_is_not_copied_to_itself(
        self, service: OllamaService, current: CurrentModel, emulator: Emulator
    ) -> None:
        current.choose("alpha", await service.library())

        with pytest.raises(Refused, match="alpha:latest is the alias"):
            await CurrentAlias(service, current, "alpha").follow()

        assert sent(emulator) == []


class TestChanges:
    async def test_a_model_that_was_pulled_again_is_followed_once(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        await alias.follow()
        install(emulator, "alpha", manifest("newer", 4_000))

        assert await alias.follow_change(await service.library())
        assert not await alias.follow_change(await service.library())

        assert digest(emulator, ALIAS) == digest(emulator, "alpha")

    async def test_a_change_of_another_model_is_none_of_its_business(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        assert await alias.try_to_follow("alpha") == ""
        await choose(alias, service, "alpha")

        assert await alias.try_to_follow("gemma3:4b") == ""
        assert sent(emulator) == []
        assert await alias.try_to_follow("ALPHA") == ""
        assert digest(emulator, ALIAS) == digest(emulator, "alpha")

    async def test_what_may_pass_is_tried_again_but_raised_once(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        library = await service.library()
        emulator.faults["/api/copy"] = Fault(answer=json_answer({"error": "busy"}, 503))

        with pytest.raises(ServerFailed):
            await alias.follow_change(library)
        assert not await alias.follow_change(library)
        assert sent(emulator) == ["/api/copy", "/api/copy"]

        emulator.faults["/api/copy"] = Fault(closes=True)
        assert not await alias.follow_change(library)
        del emulator.faults["/api/copy"]
        assert await alias.follow_change(library)
        assert digest(emulator, ALIAS) == digest(emulator, "alpha")

    async def test_what_failed_at_the_choice_is_tried_again_without_a_word(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        emulator.faults["/api/copy"] = Fault(closes=True, times=2)

        assert "does not follow" in await alias.try_to_follow()

        assert not await alias.follow_change(await service.library())
        assert await alias.follow_change(await service.library())

    async def test_what_was_refused_is_not_tried_for_the_same_change_again(
        self, alias: CurrentAlias, service: OllamaService, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        install(emulator, ALIAS, manifest("theirs", 9_000))
        library = await service.library()

        with pytest.raises(Refused):
            await alias.follow_change(library)

        assert not await alias.follow_change(library)

    async def test_the_next_program_makes_up_for_what_it_missed(
        self, alias: CurrentAlias, service: OllamaService, current: CurrentModel, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        await alias.follow()
        install(emulator, "alpha", manifest("newer", 4_000))

        next_one = CurrentAlias(service, current, ALIAS)

        assert await next_one.follow_change(await service.library())
        assert digest(emulator, ALIAS) == digest(emulator, "alpha")

    async def test_one_that_was_deleted_stays_deleted_until_something_changes(
        self, alias: CurrentAlias, service: OllamaService, current: CurrentModel, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        await alias.follow()
        emulator.store.remove(parse_name(ALIAS))

        next_one = CurrentAlias(service, current, ALIAS)

        assert not await next_one.follow_change(await service.library())
        assert digest(emulator, ALIAS) is None


class TestTheName:
    @pytest.mark.parametrize(
        ("text", "name"),
        [("current", ALIAS), ("me/current:x", "me/current:x"), ("Current:A", "Current:A")],
    )
    def test_it_is_whole(
        self, service: OllamaService, current: CurrentModel, text: str, name: str
    ) -> None:
        assert CurrentAlias(service, current, text).name == name

    @pytest.mark.parametrize(
        ("text", "kind"), [("a b", InvalidInput), ("a:local", Refused), ("a:cloud", Refused)]
    )
    def test_one_that_no_model_can_have_is_refused(
        self,
        service: OllamaService,
        current: CurrentModel,
        text: str,
        kind: type[OllamaTuiError],
    ) -> None:
        with pytest.raises(kind):
            CurrentAlias(service, current, text)


class TestTheRecord:
    async def test_it_stands_beside_the_choice(
        self, alias: CurrentAlias, service: OllamaService, path: Path, emulator: Emulator
    ) -> None:
        await choose(alias, service, "alpha")
        await alias.follow()
        await choose(alias, service, "gemma3:4b")

        assert entry(path) == {
            "model": "gemma3:4b",
            "alias": {"name": ALIAS, "digest": digest(emulator, "alpha"), "sent": ""},
        }

    @pytest.mark.parametrize(
        "entry", [{"model": "a"}, {"alias": 7}, {"alias": {"name": 7}}, {"alias": {}}, [], None]
    )
    def test_an_older_or_a_strange_file_has_none(
        self, current: CurrentModel, path: Path, entry: object
    ) -> None:
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"version": 1, "servers": {"here": entry}}))

        assert current.alias() is None
