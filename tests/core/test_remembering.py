"""LocalDownloads that outlast their process: what is kept, when, and what becomes of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import InvalidInput, StateUnwritable
from ollama_tui.core.history import EndedPull, Outcome
from ollama_tui.core.journal import HISTORY_LENGTH, Record, UnfinishedPull
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from tests.core.leasing import arriving, become_true, last
from tests.core.queueing import RULES, A, B, C, emulator, half_way, start, states
from tests.core.raw_server import refused_url
from tests.core.test_downloads import bodies, ended, wait_for_partials

__all__ = ["emulator"]

UNFINISHED, PAUSED, FAILED = PullState.UNFINISHED, PullState.PAUSED, PullState.FAILED
FULL = StateUnwritable("downloads.json could not be written: no space left on device")


@dataclass(slots=True)
class Disk:
    """Keeps a record, unless it is full."""

    record: Record = field(default_factory=Record)
    is_full: bool = False
    before: Callable[[], None] = lambda: None
    """Is called in the middle of each writing."""
    told: list[EndedPull] = field(default_factory=list)
    """The ends that were told to the user's command."""

    def read(self) -> Record:
        return self.record

    def write(self, record: Record) -> None:
        self.before()
        if self.is_full:
            raise FULL
        self.record = record

    @property
    def unfinished(self) -> dict[str, PullState]:
        """What is kept of those that have not arrived."""
        return {one.name: one.state for one in self.record.unfinished}


OpenDownloads = Callable[[], LocalDownloads]


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
async def open_downloads(url: str, emulator: Emulator, disk: Disk) -> OpenDownloads:
    """Downloads that know what the disk does."""

    def seconds() -> float:
        return emulator.clock.now().timestamp()

    def open_one() -> LocalDownloads:
        return LocalDownloads(
            Connection(url), clock=seconds, rules=RULES, memory=disk, tell_end=disk.told.append
        )

    return open_one


@pytest.fixture
async def downloads(
    open_downloads: OpenDownloads,
) -> AsyncIterator[LocalDownloads]:
    async with open_downloads() as downloads:
        yield downloads


class TestStarting:
    async def test_it_is_kept_before_anything_is_sent(
        self, downloads: LocalDownloads, disk: Disk, emulator: Emulator
    ) -> None:
        seen: list[tuple[int, int]] = []
        disk.before = lambda: seen.append((len(downloads.pulls), len(bodies(emulator))))

        await downloads.start(" A ", insecure=True)

        assert seen == [(0, 0)]
        assert disk.record.unfinished == (UnfinishedPull("A", True),)

    async def test_what_cannot_be_kept_is_not_begun(
        self, downloads: LocalDownloads, disk: Disk, emulator: Emulator
    ) -> None:
        disk.is_full = True

        with pytest.raises(StateUnwritable, match="no space left"):
            await downloads.start("a")

        assert downloads.pulls == ()
        assert not bodies(emulator)

    async def test_one_that_runs_is_not_kept_twice(
        self, downloads: LocalDownloads, disk: Disk
    ) -> None:
        await downloads.start("a")
        disk.is_full = True

        joined = await downloads.start("A:latest")

        assert joined.name == A

    async def test_two_who_start_it_at_once_keep_one(
        self, downloads: LocalDownloads, disk: Disk, emulator: Emulator
    ) -> None:
        await asyncio.gather(downloads.start("a"), downloads.start("library/a"))
        await half_way(downloads, A)

        assert len(disk.record.unfinished) == len(downloads.pulls) == len(bodies(emulator)) == 1

    async def test_those_that_begin_while_another_is_written_are_kept_too(
        self, downloads: LocalDownloads, disk: Disk
    ) -> None:
        await asyncio.gather(*(downloads.start(name) for name in "abcd"))

        assert sorted(disk.unfinished) == ["a", "b", "c", "d"]

    async def test_an_invalid_name_is_not_kept(self, downloads: LocalDownloads, disk: Disk) -> None:
        with pytest.raises(InvalidInput):
            await downloads.start("a b")

        assert disk.record == Record()

    async def test_one_that_was_paused_is_kept_as_wanted(
        self, downloads: LocalDownloads, disk: Disk
    ) -> None:
        await downloads.start("a")
        await downloads.pause("a")
        before = disk.unfinished

        pull = await downloads.start("a")

        assert before == {"a": PAUSED}
        assert pull.state.is_active
        assert disk.unfinished == {"a": UNFINISHED}

    async def test_one_that_failed_is_kept_as_wanted(
        self, downloads: LocalDownloads, disk: Disk, emulator: Emulator
    ) -> None:
        await downloads.start("absent")
        await ended(downloads, "absent")
        await become_true(lambda: disk.unfinished == {"absent": FAILED})

        await downloads.start("absent")

        assert disk.unfinished == {"absent": UNFINISHED}


class TestALease:
    async def test_it_is_nobody_s_to_resume(self, downloads: LocalDownloads, disk: Disk) -> None:
        async with aclosing(downloads.lease("a")) as pulls:
            await arriving(pulls)
            await downloads.start("b")

            assert disk.unfinished == {"b": UNFINISHED}

    async def test_once_it_is_kept_it_is_remembered(
        self, downloads: LocalDownloads, disk: Disk
    ) -> None:
        async with aclosing(downloads.lease("a")) as pulls:
            await arriving(pulls)

            await downloads.start("a")

            assert disk.unfinished == {"a": UNFINISHED}

    async def test_its_end_is_not_told(self, downloads: LocalDownloads, disk: Disk) -> None:
        await last(downloads.lease("absent"))

        assert downloads.history == ()
        assert disk.told == []


class TestPausingAndResuming:
    async def test_both_are_kept_with_what_is_here(
        self, downloads: LocalDownloads, disk: Disk
    ) -> None:
        await downloads.start("a")
        await half_way(downloads, A)

        await downloads.pause("a")
        (paused,) = disk.record.unfinished
        await downloads.resume("a")
        (resumed,) = disk.record.unfinished

        assert (paused.state, resumed.state) == (PAUSED, UNFINISHED)
        assert paused.completed == pytest.approx(paused.total / 2, rel=0.02)

    async def test_a_full_disk_does_not_hinder_them_and_is_logged(
        self, downloads: LocalDownloads, disk: Disk, caplog: pytest.LogCaptureFixture
    ) -> None:
        await downloads.start("a")
        disk.is_full = True

        with caplog.at_level(logging.ERROR):
            await downloads.pause("a")

        assert states(downloads) == {A: PAUSED}
        assert "no space left on device" in caplog.text


class TestEnding:
    async def test_one_that_arrived_is_in_the_history_and_told(
        self, downloads: LocalDownloads, disk: Disk, emulator: Emulator
    ) -> None:
        emulator.registry.faults.clear()
        await downloads.start("a")
        pull = await ended(downloads, A)
        await become_true(lambda: disk.told)

        (past,) = disk.record.history
        assert downloads.history == disk.record.history == tuple(disk.told)
        assert (past.name, past.outcome, past.total) == (A, Outcome.FINISHED, pull.total)
        assert past.fetched == pull.fetched
        assert past.seconds == pytest.approx(10, rel=0.3)
        assert disk.unfinished == {}

    async def test_one_that_failed_is_in_both_and_says_why(
        self, downloads: LocalDownloads, disk: Disk
    ) -> None:
        await downloads.start("absent")
        await ended(downloads, "absent")
        await become_true(lambda: disk.told)

        assert disk.unfinished == {"absent": FAILED}
        assert disk.record.history[0].outcome is Outcome.FAILED
        assert "no such model" in disk.record.history[0].failure

    async def test_one_that_was_cancelled_is_not_to_be_resumed(
        self, downloads: LocalDownloads, disk: Disk
    ) -> None:
        await downloads.start("a")
        await half_way(downloads, A)

        await downloads.cancel("a")

        assert disk.unfinished == {}
        assert [past.outcome for past in disk.record.history] == [Outcome.CANCELLED]
        assert len(disk.told) == 1

    async def test_one_that_is_cancelled_twice_ends_once(
        self, downloads: LocalDownloads, disk: Disk
    ) -> None:
        await downloads.start("a")

        await asyncio.gather(downloads.cancel("a"), downloads.cancel("a"))

        assert len(disk.record.history) == 1

    async def test_one_that_failed_can_be_forgotten(
        self, downloads: LocalDownloads, disk: Disk
    ) -> None:
        await downloads.start("absent")
        await ended(downloads, "absent")
        await become_true(lambda: disk.told)

        await downloads.forget("absent")

        assert disk.unfinished == {}
        assert len(disk.record.history) == 1

    async def test_the_newest_fifty_are_kept(
        self, open_downloads: OpenDownloads, disk: Disk
    ) -> None:
        past = EndedPull("old:latest", Outcome.FINISHED, 1.0, 1, 1, 1.0)
        disk.record = Record(history=(past,) * HISTORY_LENGTH)

        async with open_downloads() as downloads:
            await downloads.start("a")
            await downloads.cancel("a")

        assert len(disk.record.history) == HISTORY_LENGTH == 50
        assert disk.record.history[0].name == A

    async def test_the_end_of_the_program_is_no_end_of_theirs(
        self, open_downloads: OpenDownloads, disk: Disk
    ) -> None:
        async with open_downloads() as downloads:
            await downloads.start("a")
            await half_way(downloads, A)
            await downloads.remember()

        assert states(downloads) == {A: PullState.CANCELLED}
        assert disk.unfinished == {"a": UNFINISHED}
        assert disk.record.history == ()
        assert disk.told == []


class TestTheNextProgram:
    @pytest.fixture
    async def left(self, open_downloads: OpenDownloads, emulator: Emulator) -> None:
        """One that ran, one that was paused and one that failed were left by another."""
        async with open_downloads() as before:
            await start(before, "absent", "a", "b")
            await ended(before, "absent")
            await half_way(before, A)
            await half_way(before, B)
            await before.pause("b")
            await before.remember()
        await wait_for_partials(emulator)

    async def test_it_shows_what_each_was_and_asks_nothing(
        self, left: None, open_downloads: OpenDownloads, emulator: Emulator
    ) -> None:
        asked = len(bodies(emulator))

        async with open_downloads() as downloads:
            found = states(downloads)

            assert found == {"absent:latest": FAILED, A: UNFINISHED, B: PAUSED}
            assert not downloads.are_busy
            assert len(bodies(emulator)) == asked

    async def test_it_knows_them_before_it_is_entered(
        self, left: None, open_downloads: OpenDownloads
    ) -> None:
        assert [pull.name for pull in open_downloads().pulls] == ["absent:latest", A, B]
        assert [past.name for past in open_downloads().history] == ["absent:latest"]

    async def test_what_is_resumed_fetches_only_the_rest(
        self, left: None, open_downloads: OpenDownloads, emulator: Emulator
    ) -> None:
        kept = sum(emulator.store.partials.values())
        served = emulator.downloads.fetched.total()
        emulator.registry.faults.clear()

        async with open_downloads() as downloads:
            for name in (A, B):
                await downloads.resume(name)
            pulls = [await ended(downloads, name) for name in (A, B)]

        assert [pull.state for pull in pulls] == [PullState.DONE] * 2
        configs = 1000
        whole = sum(pull.total for pull in pulls) + configs
        assert emulator.downloads.fetched.total() - served <= whole - kept

    async def test_what_arrived_before_is_told_with_the_rest(
        self, open_downloads: OpenDownloads, disk: Disk, emulator: Emulator
    ) -> None:
        before = UnfinishedPull("a", completed=30, total=60, fetched=10**9, seconds=500.0)
        disk.record = Record((before,))
        emulator.registry.faults.clear()

        async with open_downloads() as downloads:
            await downloads.resume("a")
            pull = await ended(downloads, A)
            (told,) = downloads.history

        assert pull.fetched > 10**9
        assert told.fetched == pull.fetched
        assert told.seconds > 500

    async def test_how_it_was_asked_for_is_how_it_is_asked_for_again(
        self, open_downloads: OpenDownloads, disk: Disk, emulator: Emulator
    ) -> None:
        disk.record = Record((UnfinishedPull("Library/A", True),))

        async with open_downloads() as downloads:
            await downloads.resume("a")
            await half_way(downloads, A)

        (body,) = bodies(emulator)
        assert (body["model"], body["insecure"]) == ("Library/A", True)

    async def test_a_name_that_is_none_any_more_is_left_out(
        self, open_downloads: OpenDownloads, disk: Disk
    ) -> None:
        disk.record = Record((UnfinishedPull("a b"), UnfinishedPull("c")))

        assert [pull.name for pull in open_downloads().pulls] == [C]

    async def test_one_whose_server_is_not_back_yet_is_asked_for_until_it_is(
        self, disk: Disk
    ) -> None:
        disk.record = Record((UnfinishedPull("a", completed=30, total=60),))
        away = Connection(await refused_url())

        async with LocalDownloads(away, rules=RULES, memory=disk) as downloads:
            await downloads.resume("a")
            await become_true(lambda: downloads.pulls[0].attempt > 2)

            assert downloads.pulls[0].state.is_active
            assert "connection refused" in downloads.pulls[0].note
