"""What is installed, and whether the server is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.wire import Answer, json_answer
from tests.api.serving import NOT_RUNNING, Api, serving
from tests.core.raw_server import refused_url


def tags(*models: object) -> Fault:
    return Fault(answer=json_answer({"models": models}))


class TestAll:
    async def test_each_model_has_its_name_its_bytes_and_its_parameters(
        self, api: Api, emulator: Emulator
    ) -> None:
        sizes = {model.name.shown: model.manifest.size for model in emulator.store.models}

        listed = await api.get("all")

        assert listed.status_code == 200
        assert listed.json() == [
            {"name": "gpt-oss:120b-cloud", "size": 0, "param_size": "8.0B"},
            {"name": "llama2:latest", "size": sizes["llama2:latest"], "param_size": "8.0B"},
            {"name": "Qwen2.5:14b", "size": sizes["Qwen2.5:14b"], "param_size": "14.8B"},
        ]

    async def test_the_body_is_what_existing_clients_read(
        self, api: Api, emulator: Emulator
    ) -> None:
        details = {"parameter_size": "14B", "family": "qwen2"}
        emulator.faults["/api/tags"] = tags(
            {"name": "qwen2.5:14b", "size": 10**10, "digest": "abc", "details": details}
        )

        listed = await api.get("all")

        assert listed.text == '[{"name":"qwen2.5:14b","size":10000000000,"param_size":"14B"}]'
        assert listed.headers["content-type"] == "application/json"

    @pytest.mark.parametrize("words", ["14.8B", "8x22B", "137M", "unknown", ""])
    async def test_the_parameters_are_as_the_server_words_them(
        self, api: Api, emulator: Emulator, words: str
    ) -> None:
        emulator.faults["/api/tags"] = tags({"name": "m", "details": {"parameter_size": words}})

        assert (await api.get("all")).json()[0]["param_size"] == words

    @pytest.mark.parametrize("size", [None, -1, True, "big", 10**30])
    async def test_what_the_server_does_not_say_is_empty(
        self, api: Api, emulator: Emulator, size: object
    ) -> None:
        emulator.faults["/api/tags"] = tags({"name": "m", "size": size})

        assert (await api.get("all")).json() == [{"name": "m", "size": 0, "param_size": ""}]

    async def test_a_name_has_no_control_characters(self, api: Api, emulator: Emulator) -> None:
        body = rb'{"models": [{"name": "a\u001b[2J\u0000\u202eb\ud800"}]}'
        emulator.faults["/api/tags"] = Fault(answer=Answer(200, (), body))

        assert (await api.get("all")).json()[0]["name"] == "a[2Jb\ufffd"

    async def test_an_empty_library_is_an_empty_list(self, api: Api, emulator: Emulator) -> None:
        for installed in emulator.store.models:
            emulator.store.remove(installed.name)

        listed = await api.get("all")

        assert (listed.status_code, listed.json()) == (200, [])


class TestAllOfAServerThatFails:
    async def test_without_one_it_says_that_it_is_not_running(self, folder: Path) -> None:
        async with serving(Connection(await refused_url()), folder) as api:
            refused = await api.get("all")

        assert (refused.status_code, refused.json()) == (500, {"detail": NOT_RUNNING})

    @pytest.mark.parametrize(
        ("fault", "status", "words"),
        [
            (Fault(closes=True), 500, NOT_RUNNING),
            (Fault(answer=Answer(200, (), b"<html>")), 502, "is not an Ollama server"),
            (Fault(answer=Answer(200, (), b'{"models": 7}')), 502, "is not an Ollama server"),
            (Fault(answer=Answer(403)), 403, "refuses the host name"),
            (Fault(answer=Answer(401)), 403, "asks for a key"),
            (Fault(answer=Answer(500, (), b'{"error": "no disk"}')), 502, "no disk"),
            (Fault(answer=Answer(502, (), b"<html>")), 502, "gave HTTP 502"),
            (Fault(answer=Answer(404, (), b"404 page not found")), 502, "is not an Ollama server"),
        ],
    )
    async def test_each_failure_has_a_status_and_words_of_its_own(
        self, api: Api, emulator: Emulator, fault: Fault, status: int, words: str
    ) -> None:
        emulator.faults["/api/tags"] = fault

        failed = await api.get("all")

        assert failed.status_code == status
        assert words in failed.json()["detail"]

    async def test_it_is_listed_again_when_the_server_is_back(
        self, api: Api, emulator: Emulator
    ) -> None:
        emulator.faults["/api/tags"] = Fault(closes=True, times=1)

        statuses = [(await api.get("all")).status_code for _ in range(2)]

        assert statuses == [500, 200]


class TestAlive:
    async def test_it_is_true_while_ps_answers(self, api: Api) -> None:
        alive = await api.get("alive")

        assert (alive.status_code, alive.text) == (200, "true")

    async def test_it_is_false_when_nothing_listens(self, folder: Path) -> None:
        async with serving(Connection(await refused_url()), folder) as api:
            alive = await api.get("alive")

        assert (alive.status_code, alive.text) == (200, "false")

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(404, (), b"404 page not found"),
            Answer(500, (), b'{"error": "busy"}'),
            Answer(403),
            Answer(200, (), b"<html>"),
        ],
    )
    async def test_it_is_false_when_ps_fails(
        self, api: Api, emulator: Emulator, answer: Answer
    ) -> None:
        emulator.faults["/api/ps"] = Fault(answer=answer)

        alive = await api.get("alive")

        assert (alive.status_code, alive.text) == (200, "false")

    async def test_it_asks_ps_and_nothing_else(self, api: Api, emulator: Emulator) -> None:
        await api.get("alive")

        assert [request.path for request in emulator.requests] == ["/api/ps"]
