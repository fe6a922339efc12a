"""Downloads that wait, and that the user pauses or pulls again."""

from __future__ import annotations

import pytest

from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.registry import PullFault, PullFaultKind
from tests.tui.dashboard import Dashboard, Opener
from tests.tui.test_pulling import LONG, begin_behind, pulled, state_of

OTHER, THIRD = "qwen3:32b", "qwen3:0.6b"


async def begin_all(tui: Dashboard) -> None:
    """Pull three models, and go to Downloads."""
    for name in (LONG, OTHER, THIRD):
        await begin_behind(tui, name)
    await tui.until(lambda: all(pull.completed for pull in tui.app.pulls[:2]))
    await tui.press("4")


def states(tui: Dashboard) -> list[PullState]:
    return [pull.state for pull in tui.app.pulls]


class TestWaiting:
    @pytest.mark.parametrize(
        ("size", "words"), [((120, 40), "waits its turn"), ((80, 40), "waits")]
    )
    async def test_the_third_says_so(
        self, open_dashboard: Opener, emulator: Emulator, size: tuple[int, int], words: str
    ) -> None:
        async with open_dashboard(emulator, size=size) as tui:
            await begin_all(tui)

            assert state_of(tui, THIRD) is PullState.WAITING
            assert words in tui.line_with(THIRD)
            assert pulled(emulator) == [LONG, OTHER]

    async def test_it_begins_when_another_is_cancelled(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_all(tui)

            await tui.press("x", "y")

            await tui.until(lambda: pulled(emulator) == [LONG, OTHER, THIRD])
            await tui.until(lambda: state_of(tui, LONG) is None)

    async def test_its_dialog_says_so(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_all(tui)

            await tui.press("G", "enter")

            await tui.shows(f"─ Pulling {THIRD} ─")
            assert "waits its turn" in dialog_of(tui)


class TestSpace:
    async def test_it_pauses_the_selected_one_and_says_what_is_kept(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)
            await tui.until(lambda: tui.app.pulls[0].completed)

            await tui.press("4", "space")

            await tui.shows(f"Paused {LONG}", "the server keeps its parts until it restarts")
            assert state_of(tui, LONG) is PullState.PAUSED
            assert "paused" in tui.line_with(f"{LONG}  ")
            await tui.until(lambda: not emulator.downloads.running)

    async def test_again_it_goes_on_from_there(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)
            await tui.until(lambda: tui.app.pulls[0].completed)
            await tui.press("4", "space")
            kept = tui.app.pulls[0].completed

            await tui.press("space")

            await tui.shows(f"{LONG} goes on")
            await tui.until(lambda: tui.app.pulls[0].completed > kept)
            assert state_of(tui, LONG) is PullState.PULLING

    @pytest.mark.parametrize("key", ["space", "P"])
    async def test_one_that_has_failed_is_pulled_again(
        self, open_dashboard: Opener, emulator: Emulator, key: str
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.ERROR, 0.1, "no")
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)
            await tui.until(lambda: state_of(tui, LONG) is PullState.FAILED)
            await tui.shows("failed · P pulls it again │")
            emulator.registry.faults.clear()

            await tui.press("4", key)

            await tui.shows(f"Pulling {LONG} again")
            await tui.until(lambda: state_of(tui, LONG) is PullState.PULLING)

    async def test_beside_one_that_has_failed_what_runs_is_first_counted_and_under_the_cursor(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.registry.faults[THIRD] = PullFault(PullFaultKind.ERROR, 0.1, "no")
        async with open_dashboard(emulator, size=(80, 40)) as tui:
            await begin_behind(tui, THIRD)
            await tui.until(lambda: state_of(tui, THIRD) is PullState.FAILED)
            await tui.shows("4 Downloads  1 failed")
            await begin_behind(tui, LONG)
            await tui.shows("4 Downloads  1 · ", " · 1 failed", "The server says: no.")
            assert tui.app.selected_pull == LONG
            at = next(at for at, row in enumerate(tui.lines) if "P pulls it again" in row)
            assert LONG in tui.lines[at - 1]
            assert tui.lines[at].startswith(f" {THIRD} ")
            assert tui.lines[at + 1].strip() == "The server says: no."

            await tui.press("4", "j")
            assert "x dismiss" in tui.lines[-1]
            assert "space pull again" in tui.lines[-1]
            await tui.press("x")

            await tui.until(lambda: tui.notice == f"Dismissed {THIRD} ")
            await tui.until(lambda: [pull.name for pull in tui.app.pulls] == [LONG])

    async def test_one_that_fails_again_is_told_again(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.ERROR, 0.1, "no")
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)
            await tui.until(lambda: tui.notice.startswith(f"{LONG}: "))

            await tui.press("4", "P")

            await tui.until(lambda: tui.notice.startswith(f"{LONG}: "))

    async def test_one_that_is_on_its_way_is_not_pulled_again(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)
            await tui.press("4", "P")
            assert f"{LONG} is on its way." in tui.lines[-1]

            await tui.press("space", "P")
            assert f"{LONG} is paused; space resumes it." in tui.lines[-1]

    async def test_in_models_it_still_marks(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)
            await tui.press("1", "space")

            assert "1 marked" in tui.line_with("1 Models")
            assert state_of(tui, LONG) is not PullState.PAUSED


class TestAll:
    async def test_it_pauses_all_when_nothing_is_paused(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_all(tui)

            await tui.press("A")

            await tui.shows("3 downloads paused", "A goes on with all")
            await tui.until(lambda: states(tui) == [PullState.PAUSED] * 3)
            assert pulled(emulator) == [LONG, OTHER]

    async def test_it_resumes_all_that_is_paused(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_all(tui)
            await tui.press("A")

            await tui.press("1", "A")

            await tui.shows("3 downloads resumed")
            assert states(tui)[2] is PullState.WAITING
            await tui.until(lambda: states(tui)[:2] == [PullState.PULLING] * 2)

    async def test_one_that_is_paused_among_others_is_resumed(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_all(tui)
            await tui.press("j", "space")

            await tui.press("A")

            await tui.shows("1 download resumed")
            assert PullState.PAUSED not in states(tui)

    async def test_without_downloads_it_says_so(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("A")

            await tui.shows("No download runs.")


class TestPullingAgain:
    async def test_the_selected_one_is_pulled_and_named(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.ERROR, 0, "429: rate limit")
        async with open_dashboard(emulator) as tui:
            await tui.press("j", "P")

            await tui.shows("Pulling codestral:22b again")
            await tui.until(lambda: pulled(emulator))
            assert pulled(emulator)[0] == "codestral:22b"

    async def test_those_that_are_marked_are_pulled_and_counted(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.ERROR, 0, "429: rate limit")
        async with open_dashboard(emulator) as tui:
            await tui.press("j", "space", "space", "space")
            marked = sorted(tui.app.view.marks)

            await tui.press("P")

            await tui.shows("Pulling 3 models again")
            assert tui.app.view.marks == frozenset()
            assert [pull.name for pull in tui.app.pulls] == marked
            assert state_of(tui, marked[2]) is PullState.WAITING

    async def test_marked_ones_are_pulled_though_a_filter_hides_all_models(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("space", "slash", *"zzzz", "enter")

            await tui.press("P")

            await tui.until(lambda: pulled(emulator) == ["assistant:latest"])

    async def test_one_that_is_up_to_date_is_said_to_be(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("G")
            name = tui.app.selected
            await tui.press("P")

            await tui.shows(f"{name} was here already")

    async def test_read_only_mode_says_why_not(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, read_only=True) as tui:
            await tui.press("P")

            assert "Read-only mode" in tui.lines[-1]
            assert not pulled(emulator)

    async def test_a_server_that_is_down_is_not_asked(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["*"] = Fault(unreachable=True)
            await tui.shows("not reachable")
            await tui.press("P")

            assert "The server does not answer." in tui.lines[-1]
            assert not pulled(emulator)


def dialog_of(tui: Dashboard) -> str:
    """The lines of the download's dialog, between its title and its keys."""
    top = next(i for i, line in enumerate(tui.lines) if "─ Pulling " in line)
    left = tui.lines[top].index("╭─ Pulling")
    end = next(i for i, line in enumerate(tui.lines) if i > top and "esc close" in line)
    return "\n".join(line[left + 1 :].split("│")[0] for line in tui.lines[top + 1 : end])
