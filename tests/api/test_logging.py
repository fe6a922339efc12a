"""What is written down: each operation, its details below it, and no secrets."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from ollama_tui.core import local_downloads
from ollama_tui.core.connection import Connection
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.demo.wire import Answer
from tests.api.serving import Api, all_events, become_true, following, serving, write
from tests.api.test_downloading import EIGHTH

DEBUG, INFO, WARNING, ERROR = logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR


@pytest.fixture(autouse=True)
def _everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(DEBUG, "ollama_tui")


def lines(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    """What this program wrote at just that level."""
    ours = [record for record in caplog.records if record.name.startswith("ollama_tui")]
    return [record.getMessage() for record in ours if record.levelno == level]


class TestAnOperation:
    async def test_a_list_is_one_line_with_its_names_below(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        await api.get("all")

        assert lines(caplog, INFO) == ["listed 3 models"]
        (names,) = lines(caplog, DEBUG)
        assert names == "models: gpt-oss:120b-cloud, llama2:latest, Qwen2.5:14b"

    async def test_each_of_the_others_is_one_line(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        await api.change({"model_name": "llama2"})
        await api.get("current")
        await api.get("alive")

        assert lines(caplog, INFO) == [
            "the current model is now llama2:latest",
            "the current model is llama2:latest",
            "Ollama is alive",
        ]
        assert not lines(caplog, WARNING) + lines(caplog, ERROR)

    async def test_a_download_has_a_beginning_and_an_end_with_its_progress_below(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        told = await all_events(api, "tiny")

        assert lines(caplog, INFO) == [
            "download of tiny: asked for",
            "download of tiny:latest: done, 1000 bytes",
        ]
        assert len(lines(caplog, DEBUG)) >= len(told) - 2
        assert not lines(caplog, WARNING) + lines(caplog, ERROR)

    async def test_progress_is_below(
        self, api: Api, emulator: Emulator, caplog: pytest.LogCaptureFixture
    ) -> None:
        emulator.registry.faults["*"] = EIGHTH

        async with following(api, "tiny") as told:
            await anext(told)

        progress = 'download of tiny:latest: {"completed": 100, "total": 1000}'
        assert progress in lines(caplog, DEBUG)

    async def test_a_client_that_leaves_is_no_failure(
        self, api: Api, emulator: Emulator, caplog: pytest.LogCaptureFixture
    ) -> None:
        emulator.registry.faults["*"] = EIGHTH
        async with following(api, "tiny") as told:
            await anext(told)

        await become_true(lambda: api.downloads.pulls == ())

        left = "download of tiny:latest: the client has left"
        await become_true(lambda: left in lines(caplog, INFO))
        assert not lines(caplog, WARNING) + lines(caplog, ERROR)

    async def test_nor_is_one_that_leaves_before_the_first_line(
        self,
        api: Api,
        emulator: Emulator,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(local_downloads, "_LOOK_SECONDS", 0.01)
        emulator.faults["/api/pull"] = Fault(delay=float("inf"))
        asking = asyncio.create_task(api.download("tiny"))
        await become_true(lambda: emulator.requests)

        asking.cancel()

        left = "download of tiny: the client has left"
        await become_true(lambda: left in lines(caplog, INFO))
        assert not lines(caplog, WARNING) + lines(caplog, ERROR)


class TestAModelThatIsNotFound:
    async def test_a_choice_of_it_is_a_warning_that_names_it(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        await api.change({"model_name": "nothere:7b"})

        (warning,) = lines(caplog, WARNING)
        assert "nothere:7b" in warning
        assert not lines(caplog, ERROR)

    async def test_a_download_of_it_is_a_warning_that_names_it(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        await api.download("nothere:7b")

        (warning,) = lines(caplog, WARNING)
        assert "nothere:7b" in warning
        assert not lines(caplog, ERROR)


class TestAFailure:
    async def test_each_is_one_line_of_an_error(
        self, api: Api, emulator: Emulator, caplog: pytest.LogCaptureFixture
    ) -> None:
        emulator.faults["*"] = Fault(answer=Answer(200, (), b"<html>"))

        await api.get("all")
        await api.change({"model_name": "llama2"})
        await api.download("tiny")

        failures = lines(caplog, ERROR)
        assert [words.partition(":")[0] for words in failures] == [
            "the list of models",
            "the list of models",
            "download of tiny",
        ]
        assert all("is not an Ollama server" in words for words in failures)

    async def test_a_choice_that_cannot_be_kept_is_an_error(
        self, api: Api, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        write(folder, b"a file")

        await api.change({"model_name": "llama2"})

        (failure,) = lines(caplog, ERROR)
        assert "could not be written" in failure

    async def test_a_download_that_fails_later_is_an_error(
        self, api: Api, emulator: Emulator, caplog: pytest.LogCaptureFixture
    ) -> None:
        emulator.registry.faults["*"] = EIGHTH
        async with following(api, "tiny") as told:
            await anext(told)
            emulator.registry.faults["*"] = PullFault(PullFaultKind.ERROR, 0.125, "EOF")
            assert [event.event async for event in told] == ["error"]

        (failure,) = lines(caplog, ERROR)
        assert failure.startswith("download of tiny:latest: The download was cut")

    async def test_a_cancelled_one_is_none(
        self, api: Api, emulator: Emulator, caplog: pytest.LogCaptureFixture
    ) -> None:
        emulator.registry.faults["*"] = EIGHTH
        async with following(api, "tiny") as told:
            await anext(told)
            await api.downloads.cancel("tiny")
            assert [event.event async for event in told] == ["error"]

        assert "download of tiny:latest: cancelled" in lines(caplog, INFO)
        assert not lines(caplog, WARNING) + lines(caplog, ERROR)


class TestAHostileName:
    @pytest.mark.parametrize(
        "name", ["%1B[2J", "a%0DERROR%20b", "%C2%9B2J", "%E2%80%AEa", "x" * 9_000]
    )
    async def test_it_makes_one_short_clean_line(
        self, api: Api, caplog: pytest.LogCaptureFixture, name: str
    ) -> None:
        await api.download(name)

        written = [line for level in (INFO, WARNING, ERROR) for line in lines(caplog, level)]
        assert len(written) == 2
        assert all(line.isprintable() and len(line) < 500 for line in written)


class TestSecrets:
    async def test_no_token_is_written(
        self, url: str, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(DEBUG)
        headers = {"Authorization": "Bearer s3cr3t"}

        async with serving(Connection(url, key="k3y"), folder, token="s3cr3t") as api:
            await api.get("all")
            await api.client.get("/api/models/all", headers={"Authorization": "Bearer s3cr3t2"})
            passed = await api.client.get("/api/models/all", headers=headers)
            await api.client.post("/api/models/download/tiny", headers=headers)

        assert passed.status_code == 200
        assert "s3cr3t" not in caplog.text
        assert "k3y" not in caplog.text

    @pytest.mark.parametrize("path", ["", "/nothere"])
    async def test_no_password_of_the_servers_address_is_written(
        self, url: str, folder: Path, caplog: pytest.LogCaptureFixture, path: str
    ) -> None:
        caplog.set_level(INFO)
        address = url.replace("//", "//user:s3cr3t@") + path

        async with serving(Connection(address), folder) as api:
            bodies = [
                (await api.get("all")).text,
                (await api.get("alive")).text,
                (await api.change({"model_name": "nothere"})).text,
                (await api.download("tiny")).text,
            ]

        assert lines(caplog, INFO)
        assert "s3cr3t" not in caplog.text
        assert "s3cr3t" not in "".join(bodies)
