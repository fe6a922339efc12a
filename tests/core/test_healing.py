"""Kept downloads that break off, and go on when what was wrong has passed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from itertools import pairwise

import pytest

from ollama_tui.core.errors import Interrupted
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pull_rules import PullRules
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.demo.wire import Answer
from tests.core.leasing import OpenLease, until
from tests.core.test_downloads import arriving, bodies, ended, reached, wait_for_partials
from tests.core.test_pull_failures import ROWS

BIG = "big:8b"
BUSY = PullFault(PullFaultKind.ERROR, 0, "pull model manifest: 429: slow down")
DYING = Fault(answer=Answer(200, (), b'{"error":"context canceled"}'))
TRANSIENT = [row for row in ROWS[:-1] if issubclass(row[1], Interrupted)]
"""The errors of a server that a kept download outlives."""
PauseFor = Callable[[float], None]


@pytest.fixture(autouse=True)
def pause_for(clock: FastClock, monkeypatch: pytest.MonkeyPatch) -> PauseFor:
    """Set how long is waited before asking again, however fruitless it was; at first not at all."""

    def pause_for(seconds: float) -> None:
        monkeypatch.setattr(PullRules, "pause", lambda self, fruitless, **_: seconds)

    pause_for(0.0)
    # A stall is a wait of many lines, which here need not be as many.
    monkeypatch.setattr("ollama_tui.demo.pulls.TICK", 0.5)
    return pause_for


async def broken_off(downloads: LocalDownloads, times: int = 1) -> Pull:
    """Follow the big one until it has broken off so often."""
    return await reached(downloads, BIG, lambda pull: pull.attempt > times)


async def healed(downloads: LocalDownloads, emulator: Emulator) -> list[Pull]:
    """Take away what is wrong, and follow the big one to its end."""
    emulator.registry.faults.clear()
    emulator.faults.clear()
    async with aclosing(downloads.follow(BIG)) as pulls:
        return [pull async for pull in pulls]


class TestWhatPasses:
    @pytest.mark.parametrize(("text", "kind", "words"), TRANSIENT)
    async def test_an_error_that_may_mend_is_noted_and_overcome(
        self,
        downloads: LocalDownloads,
        emulator: Emulator,
        text: str,
        kind: type[Exception],
        words: str,
    ) -> None:
        emulator.registry.faults[BIG] = PullFault(PullFaultKind.ERROR, 0.5, text)
        await downloads.start(BIG)

        broken = await broken_off(downloads)
        pulls = await healed(downloads, emulator)

        assert broken.state in (PullState.RETRYING, PullState.STARTING)
        assert broken.is_retried
        assert words in broken.note
        assert (pulls[-1].state, pulls[-1].failure) == (PullState.DONE, "")

    @pytest.mark.parametrize("at", [0.1, 0.5, 0.99])
    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            (PullFaultKind.TRUNCATE, "the stream ended before the model was whole"),
            (PullFaultKind.ABORT, "onnection"),
            (PullFaultKind.STALL, "stalled at "),
            (PullFaultKind.BREAK, "was still ending an earlier download"),
        ],
    )
    async def test_what_is_cut_on_the_way_goes_on_from_there(
        self,
        downloads: LocalDownloads,
        emulator: Emulator,
        kind: PullFaultKind,
        words: str,
        at: float,
    ) -> None:
        emulator.registry.faults[BIG] = PullFault(kind, at)
        await downloads.start(BIG)

        broken = await broken_off(downloads, times=2)
        pulls = [broken, *await healed(downloads, emulator)]

        assert words in broken.note
        assert pulls[-1].state is PullState.DONE
        assert 0.97 * pulls[-1].total < pulls[-1].fetched <= pulls[-1].total
        assert all(one.completed <= other.completed for one, other in pairwise(pulls))
        assert all((one.share or 0) <= (other.share or 0) for one, other in pairwise(pulls))

    async def test_a_connection_on_which_nothing_is_ever_said_is_given_up(
        self, monkeypatch: pytest.MonkeyPatch, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        emulator.faults["/api/pull"] = Fault(unanswered=True)
        with monkeypatch.context() as hasty:
            hasty.setattr(PullRules, "patience", lambda self, pull: 0.05)
            await downloads.start(BIG)
            broken = await broken_off(downloads)

        pulls = await healed(downloads, emulator)

        assert broken.note == "the server said nothing any more"
        assert pulls[-1].state is PullState.DONE

    async def test_a_server_that_goes_away_and_comes_back_is_no_end(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await downloads.start(BIG)
        await arriving(downloads, BIG)
        emulator.faults["*"] = Fault(unreachable=True)
        emulator.registry.faults[BIG] = PullFault(PullFaultKind.ABORT)

        away = await broken_off(downloads, times=5)
        pulls = await healed(downloads, emulator)

        assert "connection" in away.note
        assert pulls[-1].state is PullState.DONE
        assert pulls[-1].fetched <= pulls[-1].total

    async def test_a_busy_registry_is_asked_again_before_it_has_told_anything(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        emulator.registry.faults[BIG] = BUSY
        await downloads.start(BIG)

        broken = await broken_off(downloads, times=8)
        pulls = await healed(downloads, emulator)

        assert (broken.note, broken.is_found) == ("the registry asks to wait", False)
        assert pulls[-1].state is PullState.DONE

    async def test_one_that_joins_a_dying_download_is_asked_for_more_than_six_times(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        emulator.faults["/api/pull"] = DYING
        await downloads.start(BIG)

        await broken_off(downloads, times=8)

        assert (await healed(downloads, emulator))[-1].state is PullState.DONE


class TestAStall:
    async def test_its_stream_is_closed(
        self, downloads: LocalDownloads, emulator: Emulator, pause_for: PauseFor
    ) -> None:
        pause_for(3600)
        emulator.registry.faults[BIG] = PullFault(PullFaultKind.STALL, 0.5)
        await downloads.start(BIG)

        pull = await reached(downloads, BIG, lambda pull: pull.state is PullState.RETRYING)

        await wait_for_partials(emulator)
        assert emulator.downloads.running == []
        assert (pull.attempt, len(bodies(emulator))) == (2, 1)

    async def test_it_is_asked_for_again_until_it_grows(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        emulator.registry.faults[BIG] = PullFault(PullFaultKind.STALL, 0.5)
        await downloads.start(BIG)

        await broken_off(downloads, times=2)
        pull = (await healed(downloads, emulator))[-1]

        assert pull.state is PullState.DONE
        assert len(bodies(emulator)) == pull.attempt >= 3

    async def test_one_that_is_only_leased_stalls_on(
        self, emulator: Emulator, lease: OpenLease
    ) -> None:
        emulator.registry.faults[BIG] = PullFault(PullFaultKind.STALL, 0.5)
        pulls = lease(BIG)
        seen = await until(pulls, lambda pull: pull.state is PullState.STALLED)

        later = await until(pulls, lambda _: since(emulator, seen) > 200)

        assert (later.state, later.attempt) == (PullState.STALLED, 1)

    async def test_verifying_for_long_is_none(
        self, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        emulator.server.machine = type(emulator.server.machine)(verify_rate=1e5)
        await downloads.start(BIG)

        pull = await ended(downloads, BIG)

        assert (pull.state, pull.attempt) == (PullState.DONE, 1)
        assert pull.ended is not None
        assert pull.ended - pull.started > 6000


def since(emulator: Emulator, pull: Pull) -> float:
    """Seconds since a download grew."""
    return emulator.clock.now().timestamp() - pull.grew


class TestThePauses:
    async def test_they_grow_while_nothing_arrives_and_start_anew_after_bytes(
        self, downloads: LocalDownloads, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[int] = []

        def pause(rules: PullRules, fruitless: int, *, is_away: bool = False) -> float:
            asked.append(fruitless)
            if len(asked) == 4:
                emulator.registry.faults[BIG] = PullFault(PullFaultKind.TRUNCATE, 0.8)
            if len(asked) == 6:
                emulator.registry.faults.clear()
            return 0.0

        monkeypatch.setattr(PullRules, "pause", pause)
        emulator.registry.faults[BIG] = PullFault(PullFaultKind.TRUNCATE, 0.5)
        await downloads.start(BIG)

        pull = await ended(downloads, BIG)

        assert asked == [1, 2, 3, 4, 1, 2]
        assert (pull.state, pull.attempt) == (PullState.DONE, 7)
        assert pull.note == "the stream ended before the model was whole"

    @pytest.fixture
    async def waiting(
        self, downloads: LocalDownloads, emulator: Emulator, pause_for: PauseFor
    ) -> Pull:
        """A download that waits an hour before it is asked for again."""
        pause_for(3600)
        emulator.registry.faults[BIG] = PullFault(PullFaultKind.TRUNCATE, 0.5)
        await downloads.start(BIG)
        return await reached(downloads, BIG, lambda pull: pull.state is PullState.RETRYING)

    async def test_why_it_waits_is_told(self, waiting: Pull) -> None:
        assert waiting.attempt == 2
        assert waiting.note == "the stream ended before the model was whole"

    async def test_it_can_be_cancelled_meanwhile(
        self, waiting: Pull, downloads: LocalDownloads
    ) -> None:
        await downloads.cancel(waiting.name)

        assert [pull.state for pull in downloads.pulls] == [PullState.CANCELLED]

    async def test_it_can_be_paused_meanwhile_and_goes_on_when_resumed(
        self, waiting: Pull, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        await downloads.pause(waiting.name)
        paused = downloads.pulls[0]
        await downloads.resume(waiting.name)
        pulls = await healed(downloads, emulator)

        assert paused.state is PullState.PAUSED
        assert pulls[-1].state is PullState.DONE
        assert pulls[-1].fetched <= pulls[-1].total

    async def test_one_that_is_resumed_did_not_break_off(
        self, waiting: Pull, downloads: LocalDownloads, emulator: Emulator
    ) -> None:
        emulator.faults["/api/pull"] = Fault(delay=float("inf"))
        await downloads.pause(waiting.name)

        await downloads.resume(waiting.name)

        assert downloads.pulls[0].state is PullState.STARTING
        assert not downloads.pulls[0].is_retried
