"""The columns of the loaded models: which fit, and how wide they are."""

from __future__ import annotations

from collections.abc import Sequence

from ollama_tui.tui.lines import Line, fitted

_MEMORY, _SHARE, _CONTEXT, _UNLOADS = 8, 5, 4, 7
_MEMORY_COLUMN, _BAR, _CONTEXT_COLUMN = 1, 2, 4
_NAME_AT_LEAST = 14
"""Cells that the name keeps before another column is dropped."""
_FIXED = _MEMORY + _SHARE + _CONTEXT + _UNLOADS + 10
"""Cells of the columns of fixed width and of the two blanks before each and the bar."""


def in_columns(cells: Sequence[Line], width: int) -> Line:
    """A row of name, memory, bar, share, context and expiry, without what does not fit.

    Args:
        cells: those six.
        width: cells of the row.
    """
    row: list[tuple[str, str]] = []
    for index, cells_wide in _shapes(width):
        row += [("  ", "")] if index else []
        row += fitted(cells[index], cells_wide, right=index not in (0, _BAR))
    return tuple(row)


def name_width(width: int) -> int:
    """Cells of the name in a row of that width."""
    return _shapes(width)[0][1]


def bar_width(width: int) -> int:
    """Cells of the bar in a row of that width."""
    return max(8, min(24, (width - _FIXED) // 3))


def _shapes(width: int) -> tuple[tuple[int, int], ...]:
    """Column number and width of the columns that fit; the name is the first."""
    shapes = list(enumerate((_MEMORY, bar_width(width), _SHARE, _CONTEXT, _UNLOADS), 1))
    for dropped in (_BAR, _CONTEXT_COLUMN, _MEMORY_COLUMN):
        if width - sum(cells + 2 for _, cells in shapes) < _NAME_AT_LEAST:
            shapes = [shape for shape in shapes if shape[0] != dropped]
    name = max(1, width - sum(cells + 2 for _, cells in shapes))
    return ((0, name), *shapes)
