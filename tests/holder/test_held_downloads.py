"""What programs ask of the holder: start, pause, resume, cancel, forget."""

from __future__ import annotations

import asyncio

import pytest

from ollama_tui.core.errors import Closed, InvalidInput, Refused
from ollama_tui.core.history import Outcome
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.listener import listen
from ollama_tui.demo.manifests import manifest
from ollama_tui.demo.registry import PullFault, PullFaultKind, Registry
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from tests.holder.holding import (
    MIB,
    OpenClient,
    become_true,
    bodies,
    client_of,
    ended,
    half_way,
    no_holder,
    reached,
    states,
    target_of,
    told,
)
from tests.holders import holders

pytestmark = pytest.mark.usefixtures("forked_holders")

PAUSED, CANCELLED, DONE = PullState.PAUSED, PullState.CANCELLED, PullState.DONE
DEEDS = ("start", "pause", "resume", "cancel", "forget")


class TestOneDownload:
    async def test_it_is_paused_and_goes_on_where_it_was(
        self, downloads: HeldDownloads, emulator: Emulator
    ) -> None:
        await downloads.start("a")
        await half_way(downloads, "a")
        await downloads.pause("a")
        assert states(downloads) == {"a": PAUSED}
        await become_true(lambda: emulator.store.partials)
        emulator.registry.faults.clear()

        await downloads.resume("a")
        pull = await ended(downloads, "a")

        assert pull.state is DONE
        assert 0.8 * pull.total < pull.fetched <= pull.total

    async def test_paused_it_asks_nothing_of_the_server(
        self, downloads: HeldDownloads, emulator: Emulator
    ) -> None:
        await downloads.start("a")
        await half_way(downloads, "a")

        await downloads.pause("a")

        await become_true(lambda: not emulator.downloads.running)
        assert bodies(emulator) == ["a"]

    async def test_it_is_cancelled_and_the_server_keeps_what_arrived(
        self, downloads: HeldDownloads, emulator: Emulator
    ) -> None:
        await downloads.start("a")
        seen = await reached(downloads, "a", lambda pull: pull.fetched > 0)

        await downloads.cancel("a")

        assert states(downloads) == {"a": CANCELLED}
        await become_true(lambda: emulator.store.partials)
        assert sum(emulator.store.partials.values()) >= seen.completed
        assert [past.outcome for past in downloads.history] == [Outcome.CANCELLED]

    async def test_it_is_forgotten_once_it_has_ended(self, downloads: HeldDownloads) -> None:
        await downloads.start("a")
        await downloads.forget("a")
        before = states(downloads)
        await downloads.cancel("a")

        await downloads.forget("a")

        assert [*before] == ["a"]
        assert downloads.pulls == ()

    async def test_it_can_be_asked_for_again(
        self, downloads: HeldDownloads, emulator: Emulator
    ) -> None:
        await downloads.start("absent")
        await ended(downloads, "absent")

        pull = await downloads.start("absent")

        assert pull.state is PullState.STARTING
        await become_true(lambda: bodies(emulator) == ["absent", "absent"])

    @pytest.mark.parametrize("deed", ["start", "pause", "resume", "cancel"])
    async def test_a_wish_said_twice_is_done_once(
        self, downloads: HeldDownloads, emulator: Emulator, deed: str
    ) -> None:
        await downloads.start("a")
        await half_way(downloads, "a")
        await getattr(downloads, deed)("a")
        before = states(downloads)

        await getattr(downloads, deed)("a")

        assert states(downloads) == before
        assert bodies(emulator) == ["a"]

    @pytest.mark.parametrize("other", ["A:latest", " library/a "])
    async def test_the_same_name_from_two_programs_is_one(
        self, open_client: OpenClient, emulator: Emulator, other: str
    ) -> None:
        one, two = await open_client(), await open_client()

        pulls = await asyncio.gather(one.start("a"), two.start(other))
        await half_way(two, other)

        assert {pull.name.casefold() for pull in pulls} == {"a:latest"}
        assert len(two.pulls) == 1
        assert len(bodies(emulator)) == 1

    async def test_it_waits_for_its_turn(self, open_client: OpenClient, emulator: Emulator) -> None:
        downloads = await open_client(parallel_downloads=1)
        await downloads.start("a")

        pull = await downloads.start("b")

        assert pull.state is PullState.WAITING
        emulator.registry.faults.clear()
        assert (await ended(downloads, "b")).state is DONE

    async def test_how_many_run_at_once_is_what_was_said_last(
        self, open_client: OpenClient
    ) -> None:
        one, other = await open_client(parallel_downloads=1), await open_client()
        await one.start("a")
        await one.start("b")

        await other.start("c")

        assert states(other)["b"].is_active
        assert states(other)["c"] is PullState.WAITING

    async def test_a_registry_that_was_named_since_is_spoken_to_over_plain_http(
        self, open_client: OpenClient, emulator: Emulator
    ) -> None:
        before = await open_client()
        await before.start("a")
        after = await open_client(insecure_registries=("registry.lan",))

        await after.start("registry.lan/acme/m")

        await become_true(lambda: len(bodies(emulator)) == 2)
        asked = emulator.requests[-1].body.replace(b" ", b"")
        assert b'"insecure":true' in asked


class TestAProgramThatHasNotLooked:
    """It knows only the downloads that it started itself."""

    @pytest.fixture
    async def blind(self, open_client: OpenClient) -> HeldDownloads:
        """One that started `a`, before another program started `b`."""
        blind, other = await open_client(), await open_client()
        await blind.start("a")
        await other.start("b")
        return blind

    @pytest.mark.parametrize(("deed", "state"), [("pause", PAUSED), ("cancel", CANCELLED)])
    async def test_its_wish_is_done_all_the_same(
        self, blind: HeldDownloads, deed: str, state: PullState
    ) -> None:
        await getattr(blind, deed)("b")

        assert states(blind)["b"] is state

    async def test_so_is_its_wish_to_go_on(
        self, blind: HeldDownloads, open_client: OpenClient
    ) -> None:
        await (await open_client()).pause("b")

        await blind.resume("b")

        assert states(blind)["b"].is_active


class TestWithoutAHolder:
    @pytest.mark.parametrize("deed", ["pause", "resume", "cancel", "forget"])
    async def test_a_wish_for_what_there_is_not_starts_none(
        self, downloads: HeldDownloads, place: HolderPlace, deed: str
    ) -> None:
        await getattr(downloads, deed)("a")

        assert not place.lock.exists()

    @pytest.mark.parametrize("name", ["", "a b", "千问", "x" * 300])
    async def test_an_invalid_name_starts_none(
        self, downloads: HeldDownloads, place: HolderPlace, name: str
    ) -> None:
        with pytest.raises(InvalidInput):
            await downloads.start(name)
        with pytest.raises(InvalidInput):
            await anext(downloads.lease(name))

        assert not place.lock.exists()

    @pytest.mark.parametrize("deed", DEEDS)
    async def test_a_program_that_only_reads_changes_nothing(
        self, place: HolderPlace, url: str, deed: str
    ) -> None:
        async with client_of(place, target_of(url=url), read_only=True) as downloads:
            with pytest.raises(Refused, match="Read-only"):
                await getattr(downloads, deed)("a")
            with pytest.raises(Refused, match="Read-only"):
                await anext(downloads.lease("a"))

        assert not place.lock.exists()

    async def test_outside_of_its_block_nothing_begins(self, place: HolderPlace, url: str) -> None:
        downloads = client_of(place, target_of(url=url))

        with pytest.raises(Closed):
            await downloads.start("a")
        async with downloads:
            pass
        with pytest.raises(Closed):
            await anext(downloads.lease("a"))

        assert not place.lock.exists()


class TestSeveralServers:
    async def test_one_holder_downloads_for_all_and_keeps_them_apart(
        self, open_client: OpenClient, place: HolderPlace, emulator: Emulator
    ) -> None:
        clock = FastClock(pause=0.005)
        registry = Registry({"a": manifest("a", 60 * MIB)}, rate=60 * MIB)
        registry.faults["*"] = PullFault(PullFaultKind.STALL, 0.25)
        elsewhere = Emulator((), registry, now=clock.now, sleep=clock.sleep)

        async with listen(elsewhere) as url:
            here, there = await open_client(), await open_client(url=url, server="gpu.lan:11434")
            await here.start("a")
            await there.start("a")
            await half_way(here, "a")
            far = await reached(there, "a", lambda pull: (pull.share or 0) > 0.24)
            await there.cancel("a")

            assert far.share == pytest.approx(0.25, abs=0.01)
            assert states(there) == {"a": CANCELLED}
            await told(here, lambda pulls: states(here) == {"a": PullState.PULLING})
            assert len(holders(place.folder)) == 1
            assert bodies(emulator) == bodies(elsewhere) == ["a"]

    async def test_each_keeps_its_own_history(
        self, open_client: OpenClient, place: HolderPlace, hurry: None
    ) -> None:
        here, there = await open_client(), await open_client(server="gpu.lan:11434")
        await here.start("tiny")
        await ended(here, "tiny")
        await there.start("absent")
        await ended(there, "absent")
        await no_holder(place)

        await told(here, lambda pulls: here.history)
        await told(there, lambda pulls: there.history)

        assert [past.name for past in here.history] == ["tiny:latest"]
        assert [past.name for past in there.history] == ["absent:latest"]
