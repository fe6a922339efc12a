"""What is written of a line that has changed."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from ollama_tui.tui.updates import DirtyCells


def written(*spans: tuple[int, int, int]) -> str:
    """What is written of two widgets side by side, ten cells each."""
    line = {0: Strip([Segment("one figure")]), 10: Strip([Segment("the "), Segment("other")])}
    update = ChopsUpdate([line, line], list(spans), [[10, 20], [10, 20]])
    return DirtyCells.of(update).render_segments(Console(file=StringIO(), color_system=None))


def at(x: int, y: int) -> str:
    """The sequence that goes to a cell."""
    return f"\x1b[{y + 1};{x + 1}H"


def test_only_the_dirty_cells_are_written() -> None:
    assert written((0, 4, 7)) == f"{at(4, 0)}fig"


def test_each_widget_has_its_own_part() -> None:
    assert written((1, 8, 13)) == f"{at(8, 1)}re{at(10, 1)}the"


def test_a_whole_line_is_written_whole() -> None:
    assert written((0, 0, 20)) == f"{at(0, 0)}one figure{at(10, 0)}the other"


def test_several_lines_are_written_one_after_the_other() -> None:
    assert written((0, 0, 3), (1, 14, 19)) == f"{at(0, 0)}one{at(14, 1)}other"
