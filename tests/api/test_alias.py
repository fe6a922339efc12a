"""The alias of the current model, where another program chooses over HTTP."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.manifests import manifest
from ollama_tui.demo.names import parse_name
from tests.api.serving import Api, become_true, serving

ALIAS = "current:latest"


@pytest.fixture
async def api(url: str, folder: Path) -> AsyncIterator[Api]:
    async with serving(Connection(url), folder, alias="current") as api:
        yield api


def digest(emulator: Emulator, name: str) -> str | None:
    model = emulator.store.find(parse_name(name))
    return model.manifest.digest if model else None


async def test_it_follows_and_the_answer_is_the_usual_one(api: Api, emulator: Emulator) -> None:
    changed = await api.change({"model_name": "llama2"})

    assert changed.status_code == 200
    assert changed.json() == {"message": "Success! model set to llama2:latest"}
    assert digest(emulator, ALIAS) == digest(emulator, "llama2")


async def test_its_failure_is_logged_and_told_beside_the_choice(
    api: Api, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.store.install(parse_name(ALIAS), manifest("theirs", 9), emulator.clock.now())

    changed = await api.change({"model_name": "llama2"})

    assert changed.status_code == 200
    assert list(changed.json()) == ["message"]
    begin = "Success! model set to llama2:latest. Alias current:latest does not follow ("
    assert changed.json()["message"].startswith(begin)
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert ["not made by this program" in words for words in warnings] == [True]
    assert (await api.get("current")).json() == {"name": "llama2:latest"}


async def test_the_alias_itself_cannot_be_chosen(api: Api) -> None:
    await api.change({"model_name": "llama2"})

    refused = await api.change({"model_name": ALIAS})

    assert refused.status_code == 403
    assert "llama2:latest" in refused.json()["detail"]
    assert (await api.get("current")).json() == {"name": "llama2:latest"}


async def test_read_only_mode_lets_one_choose_and_leaves_it(
    url: str, folder: Path, emulator: Emulator
) -> None:
    async with serving(Connection(url, read_only=True), folder, alias=ALIAS) as api:
        changed = await api.change({"model_name": "llama2"})

    assert changed.status_code == 200
    assert "read-only mode" in changed.json()["message"]
    assert {request.method for request in emulator.requests} == {"GET"}


async def test_a_download_of_the_current_model_moves_it(api: Api, emulator: Emulator) -> None:
    emulator.store.install(parse_name("tiny"), manifest("older", 9), emulator.clock.now())
    await api.change({"model_name": "tiny"})
    older = digest(emulator, ALIAS)

    await api.download("tiny")

    await become_true(lambda: digest(emulator, ALIAS) == digest(emulator, "tiny") != older)


async def test_a_download_of_another_one_does_not(api: Api, emulator: Emulator) -> None:
    await api.change({"model_name": "llama2"})
    emulator.requests.clear()

    await api.download("tiny")
    await api.change({"model_name": "llama2"})

    assert "/api/copy" not in {request.path for request in emulator.requests}
