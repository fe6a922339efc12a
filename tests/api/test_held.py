"""The API whose downloads live in the holder, as `ollama-tui serve` has them."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ollama_tui.api import create_app
from ollama_tui.api.server import ModelServer
from ollama_tui.core.connection import Connection
from ollama_tui.core.current import CurrentModel
from ollama_tui.core.pulls import PullState
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.emulator import Emulator
from ollama_tui.holder import start
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from tests.api.serving import (
    SERVER_KEY,
    Api,
    become_true,
    following,
    pieces,
    pulls_asked,
    running,
)
from tests.api.test_downloading import EIGHTH
from tests.holder import forked
from tests.holder.holding import client_of, ended, reached, target_of
from tests.holders import end_holders, holders

TARGET = {"server": SERVER_KEY}


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[HolderPlace]:
    """Folders with short paths, whose holders are ended."""
    monkeypatch.setattr(start, "_is_run", forked.is_run)
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="h") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        state = Path(folder) / "state"
        yield HolderPlace(state, "box", {"XDG_RUNTIME_DIR": folder})
        end_holders(state)


@pytest.fixture
async def dashboard(place: HolderPlace, url: str) -> AsyncIterator[HeldDownloads]:
    """The same downloads, as another program of the user's sees them."""
    async with client_of(place, target_of(url=url, **TARGET)) as downloads:
        yield downloads


@pytest.fixture
async def api(place: HolderPlace, url: str) -> AsyncIterator[Api]:
    service = OllamaService(Connection(url))
    current = CurrentModel(place.state / "current.json", SERVER_KEY)
    downloads = client_of(place, target_of(url=url, **TARGET))
    app = create_app(service, current, downloads)
    async with running(ModelServer(app, service, downloads)) as (client, server):
        yield Api(service, current, downloads, client, server)


@pytest.fixture
def stalled(emulator: Emulator) -> Emulator:
    """The emulator, whose registry sends an eighth of each layer and then no more."""
    emulator.registry.faults["*"] = EIGHTH
    return emulator


async def test_a_download_is_told_to_its_end(api: Api, stalled: Emulator) -> None:
    async with following(api, "tiny") as events:
        first = await anext(events)
        stalled.registry.faults.clear()
        rest = [event async for event in events]

    last = rest[-1].json()
    assert 0 < first.json()["completed"] < last["completed"] == last["total"]
    assert (rest[-1].event, pieces(rest)[-1]) == ("done", last)


async def test_one_that_there_is_not_is_an_error_in_words(api: Api) -> None:
    answer = await api.download("no-such-model")

    assert (answer.status_code, "detail" in answer.json()) == (500, True)


async def test_the_client_that_leaves_cancels_it(
    api: Api, stalled: Emulator, place: HolderPlace
) -> None:
    async with following(api, "tiny") as events:
        await anext(events)

    await become_true(lambda: not stalled.downloads.running)
    await become_true(lambda: not holders(place.folder))
    assert sum(stalled.store.partials.values()) > 0


async def test_what_the_dashboard_wants_too_goes_on(
    api: Api, stalled: Emulator, dashboard: HeldDownloads
) -> None:
    await dashboard.start("tiny")
    async with following(api, "tiny") as events:
        await anext(events)
    stalled.registry.faults.clear()

    pull = await ended(dashboard, "tiny")

    assert pull.state is PullState.DONE
    assert len(pulls_asked(stalled)) == 1


async def test_the_dashboard_shows_what_clients_download(
    api: Api, stalled: Emulator, dashboard: HeldDownloads
) -> None:
    async with following(api, "tiny") as events:
        await anext(events)

        pull = await reached(dashboard, "tiny", lambda pull: pull.completed)

    assert pull.state is PullState.PULLING


async def test_cancelled_in_the_dashboard_it_ends_with_an_error(
    api: Api, stalled: Emulator, dashboard: HeldDownloads
) -> None:
    async with following(api, "tiny") as events:
        await anext(events)
        await reached(dashboard, "tiny", lambda pull: pull.completed)
        await dashboard.cancel("tiny")

        last = [event async for event in events][-1]

    assert last.event == "error"
    assert last.json() == {"detail": "The download was cancelled."}


async def test_a_server_that_stops_says_so_and_gives_its_claims_up(
    api: Api, stalled: Emulator
) -> None:
    async with following(api, "tiny") as events:
        await anext(events)
        api.server.should_exit = True

        last = [event async for event in events][-1]

    assert last.json() == {"detail": "The program ends; what arrived is kept."}
    await become_true(lambda: not stalled.downloads.running)


async def test_a_holder_that_is_lost_for_good_ends_it_with_an_error(
    api: Api, stalled: Emulator, place: HolderPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ollama_tui.holder.client._TRIES", 1)

    async with following(api, "tiny") as events:
        await anext(events)
        for process in holders(place.folder):
            process.kill()
        rest = [event async for event in events]

    assert rest[-1].event == "error"
    assert "ended again and again" in rest[-1].json()["detail"]


async def test_a_holder_that_is_lost_is_replaced_and_nothing_falls(
    api: Api, stalled: Emulator, place: HolderPlace
) -> None:
    async with following(api, "tiny") as events:
        first = (await anext(events)).json()
        for process in holders(place.folder):
            process.kill()
        await become_true(lambda: len(pulls_asked(stalled)) > 1)
        stalled.registry.faults.clear()

        rest = [event async for event in events]

    assert rest[-1].event == "done"
    completed = [first["completed"], *(piece["completed"] for piece in pieces(rest))]
    assert completed == sorted(completed)
