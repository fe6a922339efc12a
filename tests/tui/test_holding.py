"""Dashboards whose downloads live in a process of their own."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_tui.config import Settings
from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.journal import Journal
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.listener import listen
from ollama_tui.demo.manifests import manifest
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.registry import PullFault, PullFaultKind, Registry
from ollama_tui.holder.client import HeldDownloads
from ollama_tui.holder.link import Links
from ollama_tui.holder.place import HolderPlace
from ollama_tui.holder.protocol import Target
from ollama_tui.holder.start import start_holder
from ollama_tui.tui.acts.program import goes_on
from tests.holders import end_holders, holders, wait_for_end
from tests.tui.dashboard import Dashboard, Opener
from tests.tui.test_pulling import begin_behind, pulled, state_of

MODEL, OTHER, THIRD = "a:latest", "b:latest", "c:latest"
SIZE = 60 * 10**6


@pytest.fixture
def emulator(clock: FastClock) -> Emulator:
    """A server that gets half of three models, and the rest once its faults are gone."""
    models = {name: manifest(name, SIZE) for name in (MODEL, OTHER, THIRD)}
    emulator = Emulator((), Registry(models, SIZE), now=clock.now, sleep=clock.sleep)
    emulator.registry.faults.update(dict.fromkeys(models, PullFault(PullFaultKind.STALL, 0.5)))
    return emulator


@pytest.fixture
async def url(emulator: Emulator) -> AsyncIterator[str]:
    """The address at which the holder finds the emulator."""
    async with listen(emulator) as url:
        yield url


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder whose path leaves room for a socket; its holders are ended."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="h"))
    (folder / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
    yield folder / "state"
    end_holders(folder / "state")
    shutil.rmtree(folder)


def holding(
    open_dashboard: Opener,
    state: Path,
    url: str,
    start: Callable[[HolderPlace], bool] = start_holder,
) -> Opener:
    """Opens dashboards that ask the holder of that state folder."""

    def downloads(settings: Settings) -> HeldDownloads:
        place = HolderPlace(state, settings.machine, os.environ, run_user=state.parent / "none")
        target = Target(url, "box:11434", preflight=False, stall_seconds=3600.0)
        return HeldDownloads(Links(place, start), Journal(place.journal), target)

    return replace(open_dashboard, downloads=downloads)


@pytest.fixture
def open_dashboard(open_dashboard: Opener, state: Path, url: str) -> Opener:
    return holding(open_dashboard, state, url)


async def begin_half(tui: Dashboard, *names: str) -> None:
    """Pull models, and wait until their halves are here."""
    for name in names:
        await begin_behind(tui, name)
    await half_way(tui, *names)


async def half_way(tui: Dashboard, *names: str) -> None:
    """Wait until halves of these models are seen to be here."""
    await tui.until(lambda: all((share_of(tui, name) or 0.0) >= 0.49 for name in names))


def share_of(tui: Dashboard, name: str) -> float | None:
    return next((pull.share for pull in tui.app.pulls if pull.name == name), None)


def kill_holder(state: Path) -> None:
    """Kill the one holder as nothing can be prepared for."""
    (holder,) = holders(state)
    holder.send_signal(signal.SIGKILL)
    wait_for_end([holder])


class TestADashboardThatIsGone:
    async def test_its_download_goes_on_and_the_next_one_shows_it(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_half(tui, MODEL)

        async with open_dashboard(emulator) as tui:
            await tui.shows("4 Downloads  1", MODEL, "50 %")
            assert state_of(tui, MODEL) is PullState.PULLING
            assert pulled(emulator) == [MODEL]

    async def test_what_arrives_without_any_is_here_for_the_next(
        self, open_dashboard: Opener, emulator: Emulator, state: Path
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_half(tui, MODEL)
        emulator.registry.faults.clear()

        async with open_dashboard(emulator) as tui:
            await tui.until(lambda: MODEL in tui.names)
            await tui.hides("4 Downloads")
            await tui.until(lambda: tui.app.downloads.history)
            await tui.press("H")

            await tui.shows("What became of downloads", MODEL, "finished")
            assert pulled(emulator) == [MODEL]

    async def test_q_quits_at_once_and_says_what_goes_on(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_half(tui, MODEL)

            assert await tui.leaves("q")
            assert goes_on(tui.app) == "1 download goes on: ollama-tui pulls"

    async def test_two_that_go_on_and_one_that_is_paused_are_counted(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, named_host="gpu-box") as tui:
            await begin_half(tui, MODEL, OTHER)
            await begin_behind(tui, THIRD)
            assert goes_on(tui.app) == "3 downloads go on: ollama-tui --host gpu-box pulls"

            await tui.press("4", "space")
            await tui.until(lambda: state_of(tui, MODEL) is PullState.PAUSED)

            words = "2 downloads go on, 1 can be resumed: ollama-tui --host gpu-box pulls"
            assert goes_on(tui.app) == words

    async def test_without_downloads_nothing_is_said(
        self, open_dashboard: Opener, emulator: Emulator, state: Path
    ) -> None:
        async with open_dashboard(emulator) as tui:
            assert goes_on(tui.app) == ""
            assert await tui.leaves("q")

        assert holders(state) == []


class TestTwoDashboards:
    async def test_what_one_pauses_the_other_sees_paused_and_resumes(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as first, open_dashboard(emulator) as second:
            await begin_half(first, MODEL)
            await half_way(second, MODEL)

            await second.press("4", "space")
            await first.until(lambda: state_of(first, MODEL) is PullState.PAUSED)
            assert "paused" in first.line_with(f"{MODEL}  ")

            emulator.registry.faults.clear()
            await first.press("4", "space")
            await second.shows(f"Pulled {MODEL}")

    async def test_the_same_name_in_both_is_one_download(
        self, open_dashboard: Opener, emulator: Emulator, state: Path
    ) -> None:
        async with open_dashboard(emulator) as first, open_dashboard(emulator) as second:
            await begin_half(first, MODEL)
            await begin_half(second, MODEL)

            assert pulled(emulator) == [MODEL]
            assert len(holders(state)) == 1
            assert len(second.app.pulls) == 1

    async def test_both_tell_the_end_once(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as first, open_dashboard(emulator) as second:
            await begin_half(first, MODEL)
            await half_way(second, MODEL)
            told = [told_by(first), told_by(second)]

            emulator.registry.faults.clear()

            await first.shows(f"Pulled {MODEL}")
            await second.shows(f"Pulled {MODEL}")
            # A later change shows the end once more; it is not told again.
            await begin_behind(first, OTHER)
            await second.shows(OTHER)
            ends = [[text for text in texts if MODEL in text] for texts in told]
            assert ends == [[f"Pulled {MODEL}"]] * 2

    async def test_what_one_cancels_the_other_is_told_of(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as first, open_dashboard(emulator) as second:
            await begin_half(first, MODEL)
            await half_way(second, MODEL)

            await second.press("4", "x", "y")

            await first.shows(f"Cancelled {MODEL}")
            await second.shows(f"Cancelled {MODEL}")
            assert not first.app.pulls


class TestAHolderThatIsKilled:
    async def test_the_dashboard_shows_its_downloads_as_unfinished(
        self, open_dashboard: Opener, emulator: Emulator, state: Path
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_half(tui, MODEL)

            kill_holder(state)

            await tui.until(lambda: state_of(tui, MODEL) is PullState.UNFINISHED)
            await tui.shows("unfinished")
            assert goes_on(tui.app) == "1 can be resumed: ollama-tui pulls"

    async def test_the_next_one_says_what_to_press_and_space_resumes_it(
        self, open_dashboard: Opener, emulator: Emulator, state: Path
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_half(tui, MODEL)
        kill_holder(state)
        emulator.registry.faults.clear()

        async with open_dashboard(emulator) as tui:
            await tui.shows("1 download unfinished", "A resumes all, space in Downloads one")
            assert holders(state) == []

            await tui.press("4", "space")

            await tui.shows(f"Pulled {MODEL}")
            assert pulled(emulator) == [MODEL, MODEL]
            assert emulator.store.find(parse_name(MODEL))

    async def test_a_resumes_all(
        self, open_dashboard: Opener, emulator: Emulator, state: Path
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_half(tui, MODEL, OTHER)
            await begin_behind(tui, THIRD)
        kill_holder(state)
        emulator.registry.faults.clear()

        async with open_dashboard(emulator) as tui:
            await tui.shows("3 downloads unfinished")

            await tui.press("A")

            await tui.shows("3 downloads resumed")
            await tui.until(lambda: len(tui.names) == 3)
            await tui.hides("4 Downloads")

    async def test_one_that_is_cancelled_is_not_offered_again(
        self, open_dashboard: Opener, emulator: Emulator, state: Path
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_half(tui, MODEL)
            kill_holder(state)
            await tui.until(lambda: state_of(tui, MODEL) is PullState.UNFINISHED)
            await tui.press("4", "x", "y")
            await tui.shows(f"Cancelled {MODEL}")

        async with open_dashboard(emulator) as tui:
            await tui.until(lambda: tui.app.told.ends is not None)
            assert not tui.app.pulls
            assert not tui.notice


class TestAHolderThatCannotBeStarted:
    async def test_it_is_told_in_words_and_the_dashboard_lives(
        self, open_dashboard: Opener, emulator: Emulator, state: Path, url: str
    ) -> None:
        def refuse(place: HolderPlace) -> bool:
            raise StateUnwritable(f"{place.lock.name} could not be opened: read-only file system")

        async with holding(open_dashboard, state, url, refuse)(emulator) as tui:
            await tui.press("p")
            await tui.type(MODEL)
            await tui.press("enter")

            await tui.shows("holder-box.lock could not be opened: read-only file system")
            await tui.hides("─ Pulling")
            assert not tui.app.pulls
            await tui.press("p")
            await tui.shows("Pull a model")

    async def test_pulling_again_is_told_too(
        self, open_dashboard: Opener, emulator: Emulator, state: Path, url: str
    ) -> None:
        def refuse(place: HolderPlace) -> bool:
            raise StateUnwritable("no room for the lock")

        async with holding(open_dashboard, state, url)(emulator) as tui:
            await begin_half(tui, MODEL)
            emulator.registry.faults.clear()
            await tui.until(lambda: tui.names)
            await tui.hides("4 Downloads")
        end_holders(state)

        async with holding(open_dashboard, state, url, refuse)(emulator) as tui:
            await tui.press("P")

            await tui.shows("No room for the lock")


def told_by(tui: Dashboard) -> list[str]:
    """What that dashboard says from now on."""
    told: list[str] = []

    def listen_to(notice: object) -> None:
        if notice is not None:
            told.append(getattr(notice, "text", ""))

    tui.app.watch(tui.app, "notice", listen_to, init=False)
    return told
