"""Clients that come and go, and others that cancel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest

from ollama_tui.core import local_downloads
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.wire import Answer
from tests.api.serving import Api, all_events, become_true, following, pulls_asked
from tests.api.test_downloading import EIGHTH

CANCELLED = {"detail": "The download was cancelled."}
ENDING = {"detail": "The program ends; what arrived is kept."}


class SilentRegistry:
    """A server that says `pulling manifest` and then waits for its registry for ever."""

    def __init__(self, emulator: Emulator) -> None:
        self.clients = 0
        self._emulator = emulator
        emulator.faults["/api/pull"] = Fault(answer=Answer(200, (), self._lines()))

    async def _lines(self) -> AsyncGenerator[bytes, None]:
        self.clients += 1
        try:
            yield b'{"status":"pulling manifest"}\n'
            await asyncio.Event().wait()
        finally:
            self.clients -= 1


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_downloads, "_LOOK_SECONDS", 0.01)


@pytest.fixture
def silent(emulator: Emulator) -> SilentRegistry:
    return SilentRegistry(emulator)


@pytest.fixture
def stalled(emulator: Emulator) -> Emulator:
    """The emulator, whose registry sends an eighth of each layer and then no more."""
    emulator.registry.faults["*"] = EIGHTH
    return emulator


class TestAClientThatLeaves:
    async def test_before_the_first_telling_line_it_cancels(
        self, api: Api, silent: SilentRegistry
    ) -> None:
        asking = asyncio.create_task(api.download("tiny"))
        await become_true(lambda: silent.clients)

        asking.cancel()

        await become_true(lambda: not silent.clients)
        await become_true(lambda: api.downloads.pulls == ())

    async def test_in_the_middle_it_cancels_and_the_server_keeps_what_arrived(
        self, api: Api, stalled: Emulator
    ) -> None:
        async with following(api, "tiny") as told:
            await anext(told)

        await become_true(lambda: not stalled.downloads.running)
        await become_true(lambda: api.downloads.pulls == ())
        assert list(stalled.store.partials.values()) == [100]

    async def test_what_it_left_goes_on_from_there(self, api: Api, stalled: Emulator) -> None:
        async with following(api, "tiny") as told:
            await anext(told)
        await become_true(lambda: not stalled.downloads.running)
        stalled.registry.faults.clear()

        told_again = await all_events(api, "tiny")

        assert told_again[-1].event == "done"
        assert len(pulls_asked(stalled)) == 2

    async def test_the_downloads_of_other_models_go_on(self, api: Api, stalled: Emulator) -> None:
        async with following(api, "user/model") as told:
            await anext(told)
            async with following(api, "tiny") as others:
                await anext(others)
            await become_true(lambda: len(stalled.downloads.running) == 1)
            stalled.registry.faults.clear()
            rest = [event async for event in told]

        assert rest[-1].event == "done"


class TestTwoClients:
    @pytest.mark.parametrize("name", ["tiny", "TINY", "tiny:latest", "library%2Ftiny"])
    async def test_they_share_one_download_and_both_see_it(
        self, api: Api, stalled: Emulator, name: str
    ) -> None:
        async with following(api, "tiny") as one, following(api, name) as other:
            firsts = [(await anext(told)).json() for told in (one, other)]
            stalled.registry.faults.clear()
            lasts = [[event async for event in told][-1] for told in (one, other)]

        assert firsts == [{"completed": 100, "total": 1000}] * 2
        assert [event.event for event in lasts] == ["done", "done"]
        assert len(pulls_asked(stalled)) == 1

    async def test_when_the_first_leaves_the_second_sees_the_end(
        self, api: Api, stalled: Emulator
    ) -> None:
        async with AsyncExitStack() as first:
            one = await first.enter_async_context(following(api, "tiny"))
            await anext(one)
            async with following(api, "tiny") as other:
                await anext(other)
                await first.aclose()
                await become_true(lambda: leases(api, "tiny:latest") == 1)
                stalled.registry.faults.clear()
                rest = [event async for event in other]

        assert rest[-1].event == "done"
        assert len(pulls_asked(stalled)) == 1

    async def test_with_the_last_one_it_is_cancelled(self, api: Api, stalled: Emulator) -> None:
        async with following(api, "tiny") as one, following(api, "tiny") as other:
            await anext(one)
            await anext(other)
            assert len(stalled.downloads.running) == 1

        await become_true(lambda: not stalled.downloads.running)
        await become_true(lambda: api.downloads.pulls == ())

    async def test_fifty_that_wait_for_the_registry_ask_once(
        self, api: Api, emulator: Emulator, silent: SilentRegistry
    ) -> None:
        async with asyncio.TaskGroup() as group:
            asking = [group.create_task(api.download("tiny")) for _ in range(50)]
            await become_true(lambda: leases(api, "tiny:latest") == 50)
            await become_true(lambda: silent.clients)

            await api.downloads.cancel("tiny")

        assert {(await task).status_code for task in asking} == {409}
        assert len(pulls_asked(emulator)) == 1


def leases(api: Api, key: str) -> int:
    """How many clients want it."""
    assert isinstance(api.downloads, LocalDownloads)
    download = api.downloads._table.get(key)
    return download.leases if download is not None else 0


class TestADownloadOfTheApplication:
    async def test_it_goes_on_when_the_client_leaves(self, api: Api, stalled: Emulator) -> None:
        await api.downloads.start("tiny")
        async with following(api, "tiny") as told:
            await anext(told)
        await become_true(lambda: leases(api, "tiny:latest") == 0)

        stalled.registry.faults.clear()

        await become_true(lambda: api.downloads.pulls[0].state is PullState.DONE)
        assert len(pulls_asked(stalled)) == 1


class TestSomebodyWhoCancels:
    async def test_before_the_first_telling_line_it_is_a_conflict(
        self, api: Api, silent: SilentRegistry
    ) -> None:
        asking = asyncio.create_task(api.download("tiny"))
        await become_true(lambda: silent.clients)

        await api.downloads.cancel("tiny")

        cancelled = await asking
        assert (cancelled.status_code, cancelled.json()) == (409, CANCELLED)

    async def test_later_it_is_an_event_for_each_client(self, api: Api, stalled: Emulator) -> None:
        async with following(api, "tiny") as one, following(api, "tiny") as other:
            await anext(one)
            await anext(other)
            await api.downloads.cancel("tiny")
            rests = [[event async for event in told] for told in (one, other)]

        assert [[event.event for event in rest] for rest in rests] == [["error"], ["error"]]
        assert rests[0][0].json() == rests[1][0].json() == CANCELLED


class TestAServerThatStops:
    async def test_clients_are_told_and_their_streams_end(
        self, api: Api, stalled: Emulator
    ) -> None:
        async with following(api, "tiny") as told:
            await anext(told)
            api.server.should_exit = True
            rest = [event async for event in told]

        assert [event.event for event in rest] == ["error"]
        assert rest[0].json() == ENDING
        await become_true(lambda: not stalled.downloads.running)

    async def test_those_who_wait_for_the_registry_are_told(
        self, api: Api, silent: SilentRegistry
    ) -> None:
        asking = asyncio.create_task(api.download("tiny"))
        await become_true(lambda: silent.clients)

        api.server.should_exit = True

        answer = await asking
        assert (answer.status_code, answer.json()) == (503, ENDING)
        await become_true(lambda: not silent.clients)
