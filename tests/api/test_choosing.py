"""The current model: read, chosen, and shared with the other fronts."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.core.current import CurrentModel
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.wire import Answer
from tests.api.serving import NOT_RUNNING, SERVER_KEY, Api, is_there, serving, write
from tests.core.raw_server import refused_url


async def current(api: Api) -> object:
    answer = await api.get("current")
    assert answer.status_code == 200
    return answer.json()


def dashboard(folder: Path) -> CurrentModel:
    """The choice as another program has it."""
    return CurrentModel(folder / "current.json", SERVER_KEY)


class TestCurrent:
    async def test_it_is_null_before_one_was_ever_chosen(self, api: Api) -> None:
        answer = await api.get("current")

        assert (answer.status_code, answer.text) == (200, '{"name":null}')

    async def test_it_is_what_was_chosen_here(self, api: Api) -> None:
        await api.change({"model_name": "llama2"})

        assert await current(api) == {"name": "llama2:latest"}

    async def test_it_is_what_the_dashboard_chooses(self, api: Api, folder: Path) -> None:
        await api.change({"model_name": "llama2"})
        await current(api)

        dashboard(folder).choose("qwen2.5:14b", await api.service.library())

        assert await current(api) == {"name": "Qwen2.5:14b"}

    @pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b'{"servers": 7}', b""])
    async def test_a_damaged_file_is_none(self, api: Api, folder: Path, content: bytes) -> None:
        write(folder / "current.json", content)

        assert await current(api) == {"name": None}

    async def test_a_folder_in_its_place_is_none(self, api: Api, folder: Path) -> None:
        (folder / "current.json").mkdir(parents=True)

        assert await current(api) == {"name": None}

    async def test_one_that_was_deleted_since_is_told_with_a_word_of_it(
        self, api: Api, emulator: Emulator
    ) -> None:
        await api.change({"model_name": "llama2"})
        emulator.store.remove(parse_name("llama2"))

        assert await current(api) == {"name": "llama2:latest", "installed": False}

    @pytest.mark.parametrize("fault", [Fault(closes=True), Fault(answer=Answer(500, (), b""))])
    async def test_it_is_told_while_ollama_says_nothing(
        self, api: Api, emulator: Emulator, fault: Fault
    ) -> None:
        await api.change({"model_name": "llama2"})
        emulator.faults["*"] = fault

        assert await current(api) == {"name": "llama2:latest"}

    async def test_before_one_was_chosen_ollama_is_not_asked(self, folder: Path) -> None:
        async with serving(Connection(await refused_url()), folder) as api:
            assert await current(api) == {"name": None}


class TestChange:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("llama2:latest", "llama2:latest"),
            ("llama2", "llama2:latest"),
            ("LLAMA2", "llama2:latest"),
            ("library/llama2", "llama2:latest"),
            ("qwen2.5:14B", "Qwen2.5:14b"),
            ("gpt-oss:120b-cloud", "gpt-oss:120b-cloud"),
        ],
    )
    async def test_it_says_the_whole_name_as_the_server_spells_it(
        self, api: Api, text: str, name: str
    ) -> None:
        changed = await api.change({"model_name": text})

        assert changed.status_code == 200
        assert changed.text == f'{{"message":"Success! model set to {name}"}}'
        assert await current(api) == {"name": name}

    async def test_another_program_sees_it(self, api: Api, folder: Path) -> None:
        other = dashboard(folder)
        assert other.read() is None

        await api.change({"model_name": "llama2"})

        assert other.read() == "llama2:latest"

    async def test_a_model_that_was_just_installed_can_be_chosen(self, api: Api) -> None:
        await api.change({"model_name": "llama2"})
        await api.download("tiny")

        assert (await api.change({"model_name": "tiny"})).status_code == 200


class TestChangeToWhatIsNotInstalled:
    @pytest.mark.parametrize(
        "name", ["nothere:7b", "llama2:7b", "qwen2.5", "llama", "hf.co/llama2"]
    )
    async def test_it_is_not_found_by_name(
        self, api: Api, caplog: pytest.LogCaptureFixture, name: str
    ) -> None:
        failed = await api.change({"model_name": name})

        assert failed.status_code == 404
        assert name in failed.json()["detail"]
        warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
        assert [name in words for words in warnings] == [True]

    async def test_the_choice_stays_as_it_was(self, api: Api) -> None:
        await api.change({"model_name": "llama2"})

        await api.change({"model_name": "nothere:7b"})

        assert await current(api) == {"name": "llama2:latest"}

    async def test_it_never_becomes_the_first_choice(self, api: Api, folder: Path) -> None:
        await api.change({"model_name": "nothere:7b"})

        assert await current(api) == {"name": None}
        assert not is_there(folder)

    @pytest.mark.parametrize(
        "name", ["", "  ", "a b", "llama2:", "/llama2", "a/b/c/d", "../x", "千"]
    )
    async def test_a_name_that_cannot_be_one_is_not_found(self, api: Api, name: str) -> None:
        failed = await api.change({"model_name": name})

        assert failed.status_code == 404
        assert failed.json()["detail"]

    @pytest.mark.parametrize(
        "name",
        ["a\x00\x1b[2J\r\nSet-Cookie: a=b", "x" * 10_000, "\u202ellama2", "<script>", "\ud800"],
    )
    async def test_the_detail_of_a_hostile_name_is_short_and_clean(
        self, api: Api, name: str
    ) -> None:
        failed = await api.change({"model_name": name})

        assert failed.status_code == 404
        assert failed.json()["detail"].isprintable()
        assert len(failed.json()["detail"]) < 300


class TestChangeThatFails:
    async def test_without_a_server_it_says_that_it_is_not_running(self, folder: Path) -> None:
        async with serving(Connection(await refused_url()), folder) as api:
            failed = await api.change({"model_name": "llama2"})

        assert (failed.status_code, failed.json()) == (500, {"detail": NOT_RUNNING})

    async def test_a_list_that_cannot_be_read_changes_nothing(
        self, api: Api, emulator: Emulator, folder: Path
    ) -> None:
        emulator.faults["/api/tags"] = Fault(answer=Answer(200, (), b"<html>"))

        failed = await api.change({"model_name": "llama2"})

        assert failed.status_code == 502
        assert "is not an Ollama server" in failed.json()["detail"]
        assert not is_there(folder)

    async def test_a_state_folder_that_cannot_be_written_is_said(
        self, api: Api, folder: Path
    ) -> None:
        write(folder, b"a file")

        failed = await api.change({"model_name": "llama2"})

        assert failed.status_code == 500
        assert "current.json could not be written" in failed.json()["detail"]

    @pytest.mark.parametrize(
        "body",
        [{}, {"model_name": None}, {"model_name": 7}, {"name": "llama2"}, [], "llama2", None],
    )
    async def test_a_body_of_another_shape_is_unprocessable(self, api: Api, body: object) -> None:
        failed = await api.change(body)

        assert failed.status_code == 422
        assert failed.json()["detail"]

    async def test_without_its_header_a_body_is_unprocessable_and_the_header_is_named(
        self, api: Api
    ) -> None:
        body = b'{"model_name": "llama2"}'

        failed = await api.client.post("/api/models/change", content=body)

        assert failed.status_code == 422
        assert "Content-Type: application/json" in failed.json()["detail"][0]["msg"]

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"llama2", b'{"model_name": NaN}', b'{"model_name": 1e999}']
    )
    async def test_a_body_that_is_no_json_is_unprocessable(self, api: Api, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}

        failed = await api.client.post("/api/models/change", content=body, headers=headers)

        assert failed.status_code == 422
        assert failed.json()["detail"]
