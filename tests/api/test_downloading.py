"""A download told as Server-Sent Events, as it goes on and to its good end."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from ollama_tui.api import events
from ollama_tui.core.connection import Connection
from ollama_tui.core.registries import Registries
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.demo.transport import EmulatorTransport
from tests.api.conftest import MB
from tests.api.serving import (
    Api,
    all_events,
    following,
    pieces,
    pulls_asked,
    serving,
)

EIGHTH = PullFault(PullFaultKind.STALL, 0.125)
"""Of a layer of 800 bytes, 100 arrive and then nothing more."""


@pytest.fixture
def every_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces come as soon as there is one."""
    monkeypatch.setattr(events, "_EVERY_SECONDS", 0)


class TestAPiece:
    async def test_it_is_one_line_of_data_and_an_empty_one(
        self, api: Api, emulator: Emulator
    ) -> None:
        emulator.registry.faults["tiny:latest"] = EIGHTH

        async with api.client.stream("POST", "/api/models/download/tiny") as answer:
            first = await anext(answer.aiter_raw())

        assert answer.status_code == 200
        assert first == b'data: {"completed": 100, "total": 1000}\n\n'

    async def test_it_is_not_kept_by_a_cache_or_held_up_by_a_proxy(self, api: Api) -> None:
        downloaded = await api.download("tiny")

        assert downloaded.headers["cache-control"] == "no-cache"
        assert downloaded.headers["x-accel-buffering"] == "no"


class TestTheMediaType:
    @pytest.mark.parametrize(
        ("accept", "media_type"),
        [
            (None, "application/json"),
            ("*/*", "application/json"),
            ("application/json", "application/json"),
            ("text/*", "application/json"),
            ("text/event-stream-not", "application/json"),
            ("", "application/json"),
            ("text/event-stream", "text/event-stream"),
            ("Text/Event-Stream", "text/event-stream"),
            ("application/json, text/event-stream", "text/event-stream"),
            ("application/json,text/event-stream;q=0.9", "text/event-stream"),
            ("text/event-stream ; charset=utf-8", "text/event-stream"),
        ],
    )
    async def test_it_is_that_of_events_only_for_who_asks_for_it(
        self, api: Api, accept: str | None, media_type: str
    ) -> None:
        if accept is None:
            del api.client.headers["accept"]
        headers = {} if accept is None else {"Accept": accept}

        answer = await api.client.post("/api/models/download/tiny", headers=headers)

        assert answer.headers["content-type"].partition(";")[0] == media_type
        assert answer.text.endswith("\n\n")


class TestTheName:
    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("tiny", "tiny"),
            ("TINY:Latest", "TINY:Latest"),
            ("user/model", "user/model"),
            ("user%2Fmodel%3Alatest", "user/model:latest"),
            ("hf.co/user/repo:Q4_K_M", "hf.co/user/repo:Q4_K_M"),
            ("hf.co%2Fuser%2Frepo%3AQ4_K_M", "hf.co/user/repo:Q4_K_M"),
            ("hf.co/user%2frepo:Q4_K_M", "hf.co/user/repo:Q4_K_M"),
            ("registry.lan:5000/acme/m:tag", "registry.lan:5000/acme/m:tag"),
            ("https%3A%2F%2Fhf.co%2Fuser%2Frepo%3AQ4_K_M", "https://hf.co/user/repo:Q4_K_M"),
        ],
    )
    async def test_all_that_can_be_pulled_work(
        self, api: Api, emulator: Emulator, path: str, name: str
    ) -> None:
        told = await all_events(api, path)

        assert told[-1].event == "done"
        assert [asked["model"] for asked in pulls_asked(emulator)] == [name]


class TestTheEnd:
    async def test_a_success_ends_with_done(self, api: Api) -> None:
        downloaded = await api.download("tiny")

        whole = '{"completed": 1000, "total": 1000}'
        assert downloaded.text.endswith(f"data: {whole}\n\nevent: done\ndata: {whole}\n\n")
        assert downloaded.text.count("event:") == 1

    async def test_the_model_is_installed_then_and_nothing_is_kept_of_it(self, api: Api) -> None:
        await all_events(api, "tiny")

        names = [model["name"] for model in (await api.get("all")).json()]
        assert "tiny:latest" in names
        assert api.downloads.pulls == ()

    @pytest.mark.parametrize("times", [1, 2])
    async def test_a_model_that_is_installed_is_done_at_once(
        self, api: Api, emulator: Emulator, times: int
    ) -> None:
        size = next(m.manifest.size for m in emulator.store.models if m.name.model == "llama2")

        for _ in range(times):
            told = await all_events(api, "llama2")

        assert told[-1].event == "done"
        assert pieces(told)[-1] == told[-1].json() == {"completed": size, "total": size}


class TestTheAmounts:
    async def test_the_total_is_the_manifests_from_the_first_piece(
        self, api: Api, emulator: Emulator, every_change: None
    ) -> None:
        emulator.registry.rate = 6 * MB

        told = pieces(await all_events(api, "big:8b"))

        assert {piece["total"] for piece in told} == {120 * MB}
        assert len(told) > 3

    async def test_nothing_is_told_before_the_registry_has_answered(
        self, url: str, emulator: Emulator, folder: Path
    ) -> None:
        emulator.registry.faults["tiny:latest"] = EIGHTH
        slow = SlowRegistry(emulator)

        async with (
            serving(Connection(url), folder, Registries(slow)) as api,
            following(api, "tiny") as told,
        ):
            await api.get("current")
            slow.answers.set()
            first = await anext(told)

        assert first.json() == {"completed": 100, "total": 1000}

    async def test_without_a_manifest_it_grows_with_the_layers(
        self, url: str, emulator: Emulator, folder: Path, every_change: None
    ) -> None:
        emulator.registry.rate = 6 * MB

        async with serving(Connection(url), folder) as api:
            told = pieces(await all_events(api, "big:8b"))

        totals = [int(str(piece["total"])) for piece in told]
        assert totals[0] == 60 * MB
        assert totals == sorted(totals)
        assert totals[-1] >= 120 * MB - 100
        assert told[-1]["completed"] == totals[-1]

    async def test_what_is_here_never_goes_backwards(
        self, api: Api, emulator: Emulator, every_change: None
    ) -> None:
        emulator.registry.rate = 6 * MB
        emulator.registry.faults["big:8b"] = PullFault(PullFaultKind.BACKWARDS, 0.5, lost=20 * MB)

        told = pieces(await all_events(api, "big:8b"))

        amounts = [int(str(piece["completed"])) for piece in told]
        assert len(amounts) > 20
        assert all(one < other for one, other in pairwise(amounts))
        assert amounts[-1] == 120 * MB


class SlowRegistry(EmulatorTransport):
    """The emulator's registry, which answers when it may."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator)
        self.answers = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self.answers.wait()
        return await super().handle_async_request(request)
