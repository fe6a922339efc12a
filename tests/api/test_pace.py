"""How often a download is told: not too often, and never too seldom."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ollama_tui.api import create_app, events
from ollama_tui.api.server import ModelServer
from ollama_tui.core import local_downloads
from ollama_tui.core.connection import Connection
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from tests.api.conftest import MB
from tests.api.serving import Api, become_true, following, parts, registries_of, running
from tests.api.test_downloading import EIGHTH

EVERY_SECONDS = events._EVERY_SECONDS
"""As it is outside of the tests."""


class TestThePace:
    async def test_there_are_ten_events_a_second_at_most(
        self, url: str, emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        emulator.registry.rate = 6 * MB
        clock = FastClock()
        sent: list[float] = []
        monkeypatch.setattr(events, "_EVERY_SECONDS", EVERY_SECONDS)
        monkeypatch.setattr(events, "asyncio", SimpleNamespace(sleep=clock.sleep))
        service, current, running_downloads = parts(
            Connection(url), folder, registries_of(emulator)
        )
        app = create_app(service, current, running_downloads)
        app.add_middleware(Stamping, clock=clock, sent=sent)

        async with running(ModelServer(app, service, running_downloads)) as (client, _):
            await client.post("/api/models/download/big:8b")

        assert len(sent) > 30
        assert all(later - sooner > 1 for sooner, later in zip(sent, sent[10:], strict=False))

    async def test_what_happens_between_two_events_is_told_as_one(
        self, api: Api, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def sleep(_: float) -> None:
            await become_true(lambda: api.downloads.pulls[0].state.has_ended)

        monkeypatch.setattr(events, "asyncio", SimpleNamespace(sleep=sleep))
        emulator.registry.faults["tiny:latest"] = EIGHTH

        async with following(api, "tiny") as told:
            await anext(told)
            emulator.registry.faults.clear()
            rest = [(event.event, event.json()) async for event in told]

        whole = {"completed": 1000, "total": 1000}
        assert rest == [("message", whole), ("done", whole)]

    async def test_a_comment_comes_when_nothing_happens(
        self, api: Api, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(events, "_SILENT_SECONDS", 0)
        monkeypatch.setattr(local_downloads, "_LOOK_SECONDS", 0.01)
        emulator.registry.faults["tiny:latest"] = EIGHTH

        async with api.client.stream("POST", "/api/models/download/tiny") as answer:
            lines = answer.aiter_lines()
            first = [await anext(lines) for _ in range(4)]

        assert first == ['data: {"completed": 100, "total": 1000}', "", ": ping", ""]

    def test_it_comes_every_fifteen_seconds_at_least(self) -> None:
        assert events._SILENT_SECONDS + local_downloads._LOOK_SECONDS <= 15

    async def test_clients_do_not_take_it_for_an_event(
        self, api: Api, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(events, "_SILENT_SECONDS", 0)
        monkeypatch.setattr(local_downloads, "_LOOK_SECONDS", 0.01)
        emulator.registry.faults["tiny:latest"] = EIGHTH

        async with following(api, "tiny") as told:
            await anext(told)
            emulator.registry.faults.clear()
            rest = [event async for event in told]

        assert {event.event for event in rest} == {"message", "done"}


class Stamping:
    """Notes when each piece of a body is sent, by the clock that the events wait on."""

    def __init__(self, app: ASGIApp, clock: FastClock, sent: list[float]) -> None:
        self._app = app
        self._clock = clock
        self._sent = sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noted(message: Message) -> None:
            if message.get("body"):
                self._sent.append(self._clock.now().timestamp())
            await send(message)

        await self._app(scope, receive, noted)
