"""What the holder knew outlasts it: whatever ends it, nothing that had arrived is fetched again."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest

from ollama_tui.core.history import EndedPull, Outcome
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.place import HolderPlace
from tests.holder.holding import (
    MIB,
    OpenClient,
    become_true,
    bodies,
    ended,
    half_way,
    no_holder,
    on_disk,
    states,
    told,
)
from tests.holders import holders

pytestmark = pytest.mark.usefixtures("forked_holders")

UNFINISHED, PAUSED, FAILED = PullState.UNFINISHED, PullState.PAUSED, PullState.FAILED
End = Callable[[psutil.Process], None]
ENDS = [psutil.Process.kill, psutil.Process.terminate]


@pytest.fixture
async def all_kinds(open_client: OpenClient) -> HeldDownloads:
    """One that runs, one that is paused, one that failed, and one that waits."""
    downloads = await open_client(parallel_downloads=1)
    await downloads.start("absent")
    await ended(downloads, "absent")
    await downloads.start("b")
    await half_way(downloads, "b")
    await downloads.pause("b")
    await downloads.start("a")
    await half_way(downloads, "a")
    await downloads.start("c")
    return downloads


class TestTheEndOfTheHolder:
    @pytest.mark.parametrize("end", ENDS)
    async def test_the_next_program_sees_what_each_was(
        self, all_kinds: HeldDownloads, open_client: OpenClient, place: HolderPlace, end: End
    ) -> None:
        await _end(place, end)

        later = await open_client()
        await told(later, lambda pulls: len(pulls) == 4)
        await told(all_kinds, lambda pulls: states(all_kinds) == states(later))

        assert states(later) == {"absent": FAILED, "b": PAUSED, "a": UNFINISHED, "c": UNFINISHED}
        pulls = {pull.name.removesuffix(":latest"): pull for pull in later.pulls}
        assert pulls["b"].completed == pytest.approx(30 * MIB, rel=0.01)
        assert pulls["a"].completed == pytest.approx(30 * MIB, rel=0.01)
        assert pulls["a"].share == pytest.approx(0.5, abs=0.01)
        assert "no such model" in pulls["absent"].failure
        assert not holders(place.folder)

    async def test_each_goes_on_when_it_is_resumed_and_nothing_is_fetched_again(
        self,
        all_kinds: HeldDownloads,
        open_client: OpenClient,
        place: HolderPlace,
        emulator: Emulator,
    ) -> None:
        await _end(place, psutil.Process.kill)
        await become_true(lambda: not emulator.downloads.running)
        kept = sum(emulator.store.partials.values())
        emulator.registry.faults.clear()
        served = emulator.downloads.fetched.total()
        later = await open_client()

        for name in ("a", "b", "c"):
            await later.resume(name)
        fetched = [(await ended(later, name)).fetched for name in ("a", "b", "c")]

        assert kept >= 2 * 0.49 * 60 * MIB
        assert emulator.downloads.fetched.total() - served <= 3 * 60 * MIB - kept + MIB
        # What arrived before is told with the rest.
        assert min(fetched[:2]) > 0.75 * 60 * MIB
        assert bodies(emulator)[-3:] == ["a", "b", "c"]

    async def test_one_that_failed_can_be_asked_for_again_or_forgotten(
        self, all_kinds: HeldDownloads, open_client: OpenClient, place: HolderPlace
    ) -> None:
        await _end(place, psutil.Process.kill)
        later = await open_client()

        again = await later.start("absent")
        await ended(later, "absent")
        await later.forget("absent")

        assert again.state is PullState.STARTING
        assert "absent" not in on_disk(place)

    async def test_one_that_nobody_wants_can_be_cancelled(
        self, all_kinds: HeldDownloads, open_client: OpenClient, place: HolderPlace
    ) -> None:
        await _end(place, psutil.Process.kill)
        later = await open_client()

        await later.cancel("a")

        assert "a" not in on_disk(place)
        assert later.history[0].outcome is Outcome.CANCELLED

    async def test_what_was_answered_is_on_the_disk(
        self, downloads: HeldDownloads, place: HolderPlace
    ) -> None:
        for name in ("a", "b", "c", "d", "Absent:1B"):
            await downloads.start(name)
            (holder,) = holders(place.folder)
            holder.kill()
            await no_holder(place)

        assert [*on_disk(place)] == ["a", "b", "c", "d", "Absent:1B"]

    async def test_a_paused_one_that_was_started_again_is_wanted(
        self, downloads: HeldDownloads, place: HolderPlace
    ) -> None:
        await downloads.start("a")
        await downloads.pause("a")
        before = on_disk(place)["a"].state

        await downloads.start("a")

        assert before is PAUSED
        assert on_disk(place)["a"].state is UNFINISHED

    async def test_it_tells_how_far_each_was_when_it_is_told_to_end(
        self, downloads: HeldDownloads, place: HolderPlace
    ) -> None:
        await downloads.start("a")
        await half_way(downloads, "a")

        await _end(place, psutil.Process.terminate)

        assert on_disk(place)["a"].completed == pytest.approx(30 * MIB, rel=0.01)

    async def test_the_file_is_as_the_user_left_it_though_a_holder_is_killed_while_it_writes(
        self, downloads: HeldDownloads, place: HolderPlace
    ) -> None:
        await downloads.start("a")
        (holder,) = holders(place.folder)
        (place.folder / f".{place.journal.name}.abcd1234").write_text("{")
        holder.kill()
        await no_holder(place)

        await downloads.start("b")

        assert [*on_disk(place)] == ["a", "b"]
        names = {path.name for path in place.folder.iterdir()}
        assert names == {place.journal.name, place.lock.name}


class TestTheHistory:
    async def test_it_tells_how_each_ended_how_large_how_fast_and_why(
        self, open_client: OpenClient, place: HolderPlace, emulator: Emulator
    ) -> None:
        downloads = await open_client()
        await downloads.start("a")
        await half_way(downloads, "a")
        await downloads.cancel("a")
        emulator.registry.faults.clear()
        await downloads.start("b")
        await ended(downloads, "b")
        await downloads.start("absent")
        await ended(downloads, "absent")
        await _end(place, psutil.Process.terminate)

        later = await open_client()
        await told(later, lambda pulls: later.history)
        failed, finished, cancelled = later.history

        assert _told(failed) == ("absent:latest", Outcome.FAILED, 0)
        assert "no such model" in failed.failure
        assert _told(finished) == ("b:latest", Outcome.FINISHED, 60 * MIB)
        assert 0 < finished.fetched <= finished.total
        assert 0 < finished.seconds < 60
        assert _told(cancelled) == ("a:latest", Outcome.CANCELLED, 60 * MIB)
        assert cancelled.ended_at <= finished.ended_at <= failed.ended_at

    async def test_it_follows_a_rename_with_a_holder_and_without_one(
        self, open_client: OpenClient, place: HolderPlace, emulator: Emulator
    ) -> None:
        emulator.registry.faults.clear()
        downloads = await open_client()
        await downloads.start("b")
        await ended(downloads, "b")
        await downloads.renamed("b", "mine:latest")
        assert downloads.history[0].shown_name == "b:latest, now mine:latest"
        await _end(place, psutil.Process.terminate)

        later = await open_client()
        await later.renamed("mine", "ours:latest")
        assert later.history[0].shown_name == "b:latest, now ours:latest"

    async def test_a_rename_of_what_no_history_tells_of_starts_no_holder(
        self, open_client: OpenClient, place: HolderPlace
    ) -> None:
        downloads = await open_client()

        await downloads.renamed("absent", "mine:latest")

        assert not place.socket.exists()

    async def test_it_grows_with_each_holder_and_not_without_end(
        self, open_client: OpenClient, place: HolderPlace, emulator: Emulator
    ) -> None:
        downloads = await open_client(parallel_downloads=60)
        for number in range(52):
            await downloads.start(f"absent:{number}")
        await told(downloads, lambda pulls: all(pull.state is FAILED for pull in pulls))
        await become_true(lambda: len(bodies(emulator)) == 52)
        await _end(place, psutil.Process.terminate)

        await downloads.start("tiny")
        await ended(downloads, "tiny")
        await told(downloads, lambda pulls: downloads.history[0].name == "tiny:latest")

        assert len(downloads.history) == 50

    async def test_what_arrived_for_a_lease_is_in_it_and_what_failed_for_one_is_not(
        self, downloads: HeldDownloads, open_client: OpenClient
    ) -> None:
        for name in ("absent", "tiny"):
            async for _ in downloads.lease(name):
                pass

        later = await open_client()
        await told(later, lambda pulls: later.history)

        assert [past.name for past in later.history] == ["tiny:latest"]


def _told(past: EndedPull) -> tuple[str, Outcome, int]:
    return past.name, past.outcome, past.total


async def _end(place: HolderPlace, end: End) -> None:
    (holder,) = holders(place.folder)
    end(holder)
    await no_holder(place)
