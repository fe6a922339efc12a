from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.synthetic import synthetic_emulator
from tests.tui.dashboard import Dashboard, Opener, copy, remove
from tests.tui.test_pulling import LONG, begin_behind

DIALOGS = ["question_mark", "i", "p", "colon"]
SIZES = [(1, 1), (2, 2), (10, 3), (20, 5), (40, 10), (80, 24), (160, 50), (300, 100)]


def fills_the_screen(tui: Dashboard) -> bool:
    """Whether each line of the screen has exactly the screen's width."""
    width, height = tui.app.size
    strips = tui.strips
    return len(strips) == height and all(strip.cell_length == width for strip in strips)


@pytest.mark.parametrize("size", SIZES)
async def test_all_works_at_any_size(
    open_dashboard: Opener, emulator: Emulator, size: tuple[int, int]
) -> None:
    async with open_dashboard(emulator, size=size) as tui:
        assert fills_the_screen(tui)
        await tui.press("j", "enter", "2", "tab", "1")
        assert tui.app.current == "codestral:22b"

        for key in DIALOGS:
            await tui.press(key)
            await tui.until(lambda: len(tui.app.screen_stack) == 2)
            assert fills_the_screen(tui), key
            await tui.press("down", "ctrl+c")
            await tui.until(lambda: len(tui.app.screen_stack) == 1)

        await tui.press("p")
        await tui.type(LONG)
        await tui.press("enter")
        await tui.until(lambda: tui.app.pulls and tui.app.pulls[0].completed)
        assert fills_the_screen(tui)
        await tui.press("x")
        await tui.until(lambda: type(tui.app.screen).__name__ == "ConfirmScreen")
        await tui.press("y")
        await tui.until(lambda: not tui.app.pulls)

        assert await tui.leaves("q")


async def test_it_is_resized_while_everything_changes(
    open_dashboard: Opener, emulator: Emulator, clock: FastClock
) -> None:
    async with open_dashboard(emulator) as tui:
        await begin_behind(tui, LONG)
        for number, (width, height) in enumerate([*SIZES, *reversed(SIZES)]):
            copy(emulator, "phi4:14b", f"new-{number}:1b")
            clock.advance(30)
            if number % 5 == 4:
                emulator.faults["*"] = Fault(unreachable=True, times=2)
            tui.press_fast("j", "s", "2", "1")
            await tui.pilot.resize_terminal(width, height)
            tui.app.refresh_now()
            await tui.until(partial(fills_the_screen, tui))

        await tui.pilot.resize_terminal(120, 40)
        await tui.press("r")
        await tui.shows("● running", "new-")


async def test_it_looks_the_same_after_being_small(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.press("G")
        await tui.until(lambda: tui.app.details and tui.app.fit and tui.app.insights.causes)
        before = await text_at_rest(tui)

        await tui.pilot.resize_terminal(10, 3)
        await tui.pilot.resize_terminal(120, 40)
        await tui.until(lambda: tui.text == before)

        for key in DIALOGS:
            await tui.press(key)
            await tui.until(lambda: len(tui.app.screen_stack) == 2)
            before = await text_at_rest(tui)
            for size in SIZES:
                await tui.pilot.resize_terminal(*size)
                await tui.until(partial(fills_the_screen, tui))
            await tui.pilot.resize_terminal(120, 40)
            await tui.until(partial(shows_just, tui, before))
            await tui.press("escape")
            await tui.until(lambda: len(tui.app.screen_stack) == 1)


async def text_at_rest(tui: Dashboard) -> str:
    """What is on the screen once it stays as it is."""
    before, text = "", tui.text
    while text != before:
        await tui.polled_again()
        before, text = text, tui.text
    return text


def shows_just(tui: Dashboard, text: str) -> bool:
    """Whether the screen shows that and nothing else."""
    return tui.text == text


class TestNarrow:
    async def test_columns_go_one_by_one_and_names_are_not_wrapped(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        shown = []
        async with open_dashboard(emulator, size=(110, 30)) as tui:
            for width in (110, 80, 60, 45, 35):
                await tui.pilot.resize_terminal(width, 30)
                await tui.until(fills_the_screen_of(tui, width))
                headings = tui.line_with("NAME")
                shown.append(len(headings.replace("▴", "").split()))

        assert shown == sorted(shown, reverse=True)
        assert shown[-1] < shown[0]

    async def test_the_details_open_with_i(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(80, 24)) as tui:
            assert "licence" not in tui.text
            await tui.press("i")

            await tui.shows("digest", "embedding")

    async def test_the_header_keeps_host_state_and_current(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(60, 20)) as tui:
            await tui.press("enter")
            await tui.until(lambda: "★ assistant:latest" in tui.lines[0])

            assert "box" in tui.lines[0]
            assert "●" in tui.lines[0]

    async def test_a_server_that_is_down_is_explained(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(80, 24)) as tui:
            emulator.faults["*"] = Fault(unreachable=True)
            await tui.shows("not reachable", "as of")

            assert "connection" in tui.lines[0]


async def test_five_thousand_models_are_moved_through(
    open_dashboard: Opener, clock: FastClock
) -> None:
    many = synthetic_emulator(5000, clock.now, clock.sleep)

    async with open_dashboard(many) as tui:
        await tui.press("G")
        assert tui.app.selected == tui.names[-1]
        await tui.type("/4999")
        await tui.shows("1 of 5000")
        await tui.press("escape", "s", "S", "g", "pagedown")
        name = tui.app.selected
        remove(many, tui.names[0])
        await tui.until(lambda: len(tui.names) == 4999)
        assert tui.app.selected == name


def fills_the_screen_of(tui: Dashboard, width: int) -> Callable[[], bool]:
    """A question that waits for the new width."""
    return lambda: tui.app.size.width == width and fills_the_screen(tui)
