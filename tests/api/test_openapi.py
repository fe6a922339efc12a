"""The page that describes the routes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ollama_tui import __version__
from ollama_tui.api import create_app
from ollama_tui.core.connection import Connection
from ollama_tui.core.pull_failures import pull_failure
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.demo.wire import Answer
from tests.api.serving import NO_SUCH_MODEL, NOT_RUNNING, Api, parts

ALL = ("/api/models/all", "get")
CURRENT = ("/api/models/current", "get")
ALIVE = ("/api/models/alive", "get")
CHANGE = ("/api/models/change", "post")
DOWNLOAD = ("/api/models/download/{model_name}", "post")


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """The description as a JSON object."""
    url = "http://user:s3cr3t@127.0.0.1:11434"
    return create_app(*parts(Connection(url), Path("nowhere"))).openapi()


def operation(page: dict[str, Any], route: tuple[str, str]) -> dict[str, Any]:
    path, method = route
    found: dict[str, Any] = page["paths"][path][method]
    return found


def schema(page: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """A schema, wherever it is written down."""
    while "$ref" in found:
        found = page["components"]["schemas"][found["$ref"].rpartition("/")[2]]
    return found


def answer_schema(page: dict[str, Any], route: tuple[str, str], status: int) -> dict[str, Any]:
    content = operation(page, route)["responses"][str(status)]["content"]
    return schema(page, content["application/json"]["schema"])


class TestThePage:
    async def test_it_is_there_to_be_read(self, api: Api) -> None:
        described = (await api.client.get("/openapi.json")).json()

        assert (await api.client.get("/docs")).status_code == 200
        assert described["info"]["version"] == __version__

    def test_it_names_the_server_without_its_password(self, page: dict[str, Any]) -> None:
        assert "http://127.0.0.1:11434" in page["info"]["description"]
        assert "s3cr3t" not in str(page)

    def test_it_has_the_five_routes_each_with_words(self, page: dict[str, Any]) -> None:
        routes = [(path, method) for path, methods in page["paths"].items() for method in methods]

        assert sorted(routes) == sorted([ALL, CURRENT, ALIVE, CHANGE, DOWNLOAD])
        for route in routes:
            assert operation(page, route)["description"]
            assert operation(page, route)["tags"] == ["models"]


class TestTheModels:
    def test_the_list_is_one_of_models(self, page: dict[str, Any]) -> None:
        entry = schema(page, answer_schema(page, ALL, 200)["items"])

        assert entry["example"] == {
            "name": "qwen2.5:14b", "size": 10000000000, "param_size": "14B",
        }  # fmt: skip
        types = {name: field["type"] for name, field in entry["properties"].items()}
        assert types == {"name": "string", "size": "integer", "param_size": "string"}

    def test_the_current_one_may_be_null(self, page: dict[str, Any]) -> None:
        found = answer_schema(page, CURRENT, 200)

        assert found["example"] == {"name": "qwen2.5:14b"}
        types = [kind["type"] for kind in found["properties"]["name"]["anyOf"]]
        assert types == ["string", "null"]

    def test_alive_is_a_boolean(self, page: dict[str, Any]) -> None:
        assert answer_schema(page, ALIVE, 200)["type"] == "boolean"

    def test_a_choice_has_a_name_and_gives_a_message(self, page: dict[str, Any]) -> None:
        body = operation(page, CHANGE)["requestBody"]["content"]["application/json"]["schema"]

        assert schema(page, body)["example"] == {"model_name": "llama2:7b"}
        message = {"message": "Success! model set to llama2:7b"}
        assert answer_schema(page, CHANGE, 200)["example"] == message

    def test_a_download_has_both_media_types(self, page: dict[str, Any]) -> None:
        content = operation(page, DOWNLOAD)["responses"]["200"]["content"]

        assert set(content) == {"application/json", "text/event-stream"}
        for kind in content.values():
            assert 'data: {"completed": 100, "total": 1000}\n\n' in kind["example"]
            assert "event: done\n" in kind["example"]
            assert kind["schema"] == {"type": "string"}

    def test_a_name_may_hold_slashes(self, page: dict[str, Any]) -> None:
        (parameter,) = operation(page, DOWNLOAD)["parameters"]

        assert "hf.co/user/repo:Q4_K_M" in parameter["schema"]["examples"]


class TestTheErrors:
    def test_each_has_a_detail_and_an_example(self, page: dict[str, Any]) -> None:
        for route in (ALL, CHANGE, DOWNLOAD):
            for status, answer in operation(page, route)["responses"].items():
                if status not in ("200", "422"):
                    assert answer_schema(page, route, int(status))["required"] == ["detail"]
                    assert answer["content"]["application/json"]["examples"]
                    assert answer["description"]

    @pytest.mark.parametrize(
        ("route", "details"),
        [(ALL, [NOT_RUNNING]), (CHANGE, [NOT_RUNNING]), (DOWNLOAD, [NOT_RUNNING, NO_SUCH_MODEL])],
    )
    def test_those_of_500_are_named(
        self, page: dict[str, Any], route: tuple[str, str], details: list[str]
    ) -> None:
        answer = operation(page, route)["responses"]["500"]["content"]["application/json"]

        shown = [example["value"]["detail"] for example in answer["examples"].values()]
        assert shown == details

    def test_a_full_disk_is_said_as_it_is_answered(self, page: dict[str, Any]) -> None:
        answer = operation(page, DOWNLOAD)["responses"]["507"]["content"]["application/json"]

        (example,) = answer["examples"].values()
        assert example["value"]["detail"] == str(pull_failure("no space left on device"))

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(200, (), b"<html>"), Answer(401), Answer(403), Answer(500), Answer(503),
            Answer(404, (), b"404 page not found"), Answer(404, (), b'{"error": "not found"}'),
            Answer(400, (), b'{"error": "bad"}'),
        ],
    )  # fmt: skip
    async def test_every_status_that_is_given_is_described(
        self, api: Api, emulator: Emulator, page: dict[str, Any], answer: Answer
    ) -> None:
        emulator.faults["*"] = Fault(answer=answer)

        given = {
            ALL: await api.get("all"),
            CHANGE: await api.change({"model_name": "llama2"}),
            DOWNLOAD: await api.download("tiny"),
        }

        for route, failed in given.items():
            assert failed.json()["detail"]
            assert str(failed.status_code) in operation(page, route)["responses"]

    @pytest.mark.parametrize(
        ("text", "status"),
        [
            ("invalid model name", 400),
            ("403: ", 403),
            ("EOF", 502),
            ("no space left on device", 507),
        ],
    )
    async def test_those_of_a_pull_are_described(
        self, api: Api, emulator: Emulator, page: dict[str, Any], text: str, status: int
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.ERROR, 0, f"pull: {text}")

        failed = await api.download("tiny")

        assert failed.status_code == status
        assert str(status) in operation(page, DOWNLOAD)["responses"]
