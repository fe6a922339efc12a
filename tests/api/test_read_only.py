"""Read-only mode over HTTP: each route is decided, and none sends what changes anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.demo.emulator import Emulator
from tests.api.serving import Api, registries_of, serving

ANSWERS = {
    ("GET", "/api/models/all"): 200,
    ("GET", "/api/models/current"): 200,
    ("GET", "/api/models/alive"): 200,
    # The current model is a note of the user's own.
    ("POST", "/api/models/change"): 200,
    ("POST", "/api/models/download/{model_name}"): 403,
}


@pytest.fixture
async def api(url: str, emulator: Emulator, folder: Path) -> AsyncIterator[Api]:
    connection = Connection(url, read_only=True)
    async with serving(connection, folder, registries_of(emulator), alias="current") as api:
        yield api


async def test_each_route_is_decided(api: Api) -> None:
    paths = (await api.client.get("/openapi.json")).json()["paths"]

    routes = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert routes == set(ANSWERS)


@pytest.mark.parametrize(("route", "status"), ANSWERS.items(), ids=str)
async def test_what_is_refused_is_so_and_nothing_that_changes_leaves(
    api: Api, emulator: Emulator, route: tuple[str, str], status: int
) -> None:
    method, path = route
    body = {"model_name": "llama2"} if method == "POST" else None

    answer = await api.client.request(method, path.format(model_name="tiny"), json=body)

    assert answer.status_code == status
    assert {request.method for request in emulator.requests} <= {"GET", "HEAD"}


async def test_a_choice_leaves_the_alias_and_says_so(api: Api) -> None:
    changed = await api.change({"model_name": "llama2"})

    assert changed.json()["message"].startswith(
        "Success! model set to llama2:latest. Alias current:latest does not follow (read-only"
    )
    assert (await api.get("current")).json() == {"name": "llama2:latest"}
