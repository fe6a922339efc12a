from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Self

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.tui.lines import Line, line
from ollama_tui.tui.widgets.canvas import Canvas
from tests.tui.dashboard import Opener

pytestmark = pytest.mark.usefixtures("painted")

AT_MOST = 3
"""Cells for one that changed: a letter and what may combine with it."""


class Board(Canvas):
    """A canvas that tells what it repaints."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Line] = [line("one ", "1"), line("two ", "2"), line("three ", "3")]
        self.title_shown: Line = ()
        self.repainted: list[tuple[Region, ...]] = []

    def picture(self, width: int, height: int) -> Sequence[Line]:
        return self.shown

    def heading(self) -> Line:
        return self.title_shown

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        if not self._is_quiet:
            self.repainted.append(regions)
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self


class BoardApp(App[None]):
    CSS = "Board { width: 20; height: 5; border: round white; }"

    def __init__(self) -> None:
        super().__init__()
        self.theme = "ansi-dark"
        self.board = Board()

    def compose(self) -> ComposeResult:
        yield self.board


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    """A canvas on screen, with nothing repainted yet."""
    app = BoardApp()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        app.board.repainted.clear()
        yield app.board


async def test_an_equal_picture_repaints_nothing(board: Board) -> None:
    board.shown = [line("one ", "1"), line("two ", "2"), line("three ", "3")]
    board.redraw()

    assert board.repainted == []


async def test_a_changed_cell_repaints_its_region_alone(board: Board) -> None:
    board.shown = [board.shown[0], line("two ", "5"), board.shown[2]]
    board.redraw()

    ((region,),) = board.repainted
    assert region.contains(4, 1)
    assert region.area <= AT_MOST


async def test_two_changed_rows_are_two_regions_in_one_go(board: Board) -> None:
    board.shown = [line("one ", "7"), board.shown[1], line("three ", "8")]
    board.redraw()

    ((first, second),) = board.repainted
    assert first.contains(4, 0)
    assert second.contains(6, 2)
    assert first.area <= AT_MOST
    assert second.area <= AT_MOST


async def test_another_ink_is_a_change(board: Board) -> None:
    board.shown = [line("one ", ("1", "loud")), *board.shown[1:]]
    board.redraw()

    ((region,),) = board.repainted
    assert region.contains(4, 0)
    assert region.area <= AT_MOST


async def test_a_row_that_goes_is_wiped(board: Board) -> None:
    board.shown = board.shown[:2]
    board.redraw()

    ((region,),) = board.repainted
    assert (region.x, region.y, region.height) == (0, 2, 1)
    assert region.width >= len("three 3")
    assert board.render_line(2).text.strip() == ""


async def test_what_is_repainted_is_the_new_text(board: Board) -> None:
    board.shown = [line("uno ", "1")]
    board.redraw()

    assert board.render_line(0).text.rstrip() == "uno 1"
    assert board.render_line(0).cell_length == board.size.width


async def test_a_title_repaints_the_border_alone(board: Board) -> None:
    board.title_shown = line("Title")
    board.redraw()

    assert board.repainted == [(Region(-1, -1, 20, 1),)]


async def test_the_same_title_repaints_nothing(board: Board) -> None:
    board.title_shown = line("Title")
    board.redraw()
    board.repainted.clear()

    board.title_shown = line("Title")
    board.redraw()

    assert board.repainted == []


async def test_a_title_is_no_markup(board: Board) -> None:
    board.title_shown = line("[/b] [red]x")
    board.redraw()

    assert "[/b] [red]x" in str(board.border_title).replace("\\", "")


async def test_lines_that_are_too_long_are_cut_at_the_edge(board: Board) -> None:
    board.shown = [line("x" * 50)]
    board.redraw()

    assert board.render_line(0).cell_length == board.size.width


async def test_more_lines_than_there_is_room_for_are_not_shown(board: Board) -> None:
    board.shown = [line(str(number)) for number in range(50)]
    board.redraw()

    assert board.render_line(2).text.strip() == "2"
    assert len(board._lines) == board.size.height


async def test_in_ascii_the_signs_are_spelled(board: Board) -> None:
    board.shown = [line("● ━━ …")]
    board.is_ascii = True
    board.redraw()

    assert board.render_line(0).text.rstrip() == "* == ~"


class TestTheDashboard:
    async def test_at_rest_nothing_is_painted(
        self, open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.pilot.pause(0.3)
            painted: list[object] = []
            monkeypatch.setattr(type(tui.app), "_display", lambda _, __, what: painted.append(what))
            await tui.polled_again()
            await tui.pilot.pause(0.3)

            assert painted == []

    async def test_a_move_repaints_two_rows_of_the_table(
        self, open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with open_dashboard(emulator, poll_seconds=60) as tui:
            await tui.until(lambda: tui.app.details and tui.app.fit and tui.app.insights.causes)
            await tui.polled_again()
            await tui.pilot.pause(0.2)
            repainted: list[tuple[str | None, tuple[Region, ...]]] = []
            refresh = Canvas.refresh

            def watched(self: Canvas, *regions: Region, **options: bool) -> Canvas:
                repainted.append((self.id, regions))
                return refresh(self, *regions, **options)

            monkeypatch.setattr(Canvas, "refresh", watched)
            await tui.press("j")

            of_the_table = [regions for id_, regions in repainted if id_ == "models"]
            assert len(of_the_table) == 1
            assert sorted(region.y for region in of_the_table[0]) == [1, 2]
            assert not any(id_ in ("running", "header") for id_, _ in repainted)

    async def test_a_minute_that_passes_repaints_some_cells(
        self,
        open_dashboard: Opener,
        emulator: Emulator,
        clock: FastClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.pilot.pause(0.2)
            cells: list[int] = []
            refresh = Canvas.refresh

            def watched(self: Canvas, *regions: Region, **options: bool) -> Canvas:
                cells.append(sum(region.area for region in regions) if regions else 10_000)
                return refresh(self, *regions, **options)

            monkeypatch.setattr(Canvas, "refresh", watched)
            clock.advance(60)
            await tui.shows("11 min", "3 min")

            assert sum(cells) < 200
