"""The columns of the models table: which fit, how wide they are, what is in a cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len

from ollama_tui.core import units
from ollama_tui.core.library import Column
from ollama_tui.core.memory.verdict import Verdict
from ollama_tui.core.models import Model
from ollama_tui.tui.lines import Line, elided, fitted, line, loud, quiet

_NAME_AT_LEAST = 22
"""Cells that the name keeps before another column is dropped."""
_NAME_WITH_CAPABILITIES = 30
MARKS_WIDTH = 3


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """A column's place in the table."""

    column: Column
    heading: str
    width: int
    """Cells of text, without the blank at either side."""
    cell: Callable[[Model, float], Line] | None
    """The text for a model at a moment; None where that depends on more."""
    is_right: bool = False


def _size(model: Model, _: float) -> Line:
    number, unit = units.disk_parts(model.size)
    return line(number, quiet(f" {unit}")) if unit else line(quiet(number))


def _quantization(model: Model, _: float) -> Line:
    return line(quiet("cloud")) if model.is_cloud else line(model.quantization)


def _parameters(model: Model, _: float) -> Line:
    return line(units.parameters(model.parameter_size))


def _age(model: Model, now: float) -> Line:
    return line(units.age(model.modified, now))


def _context(model: Model, _: float) -> Line:
    return line(units.tokens(model.context_length))


def _capabilities(model: Model, _: float) -> Line:
    words = {"thinking": "think", "embedding": "embed"}
    telling = (words.get(word, word) for word in model.capabilities if word != "completion")
    return line(quiet(" ".join(telling)))


_SHAPES = {
    shape.column: shape
    for shape in (
        ColumnShape(Column.SIZE, "SIZE", 8, _size, is_right=True),
        ColumnShape(Column.PARAMETERS, "PARAMS", 6, _parameters, is_right=True),
        ColumnShape(Column.QUANTIZATION, "QUANT", 6, _quantization),
        ColumnShape(Column.CONTEXT, "CTX", 4, _context, is_right=True),
        ColumnShape(Column.CAPABILITIES, "CAN", 12, _capabilities),
        ColumnShape(Column.FIT, "FIT", 6, None),
        ColumnShape(Column.AGE, "AGE", 4, _age, is_right=True),
    )
}
# What goes first where there is no room.
_DROPPED = (
    Column.CAPABILITIES,
    Column.CONTEXT,
    Column.QUANTIZATION,
    Column.AGE,
    Column.PARAMETERS,
    Column.FIT,
    Column.SIZE,
)


@lru_cache(maxsize=8)
def shapes_for(width: int, *, has_fit: bool = True) -> tuple[tuple[ColumnShape, ...], int]:
    """The columns behind the name, and the name's width.

    Args:
        width: cells of the table.
        has_fit: whether anything is known of which models fit.
    """
    known = {column: shape for column, shape in _SHAPES.items() if has_fit or shape.cell}
    dropped = 0
    while True:
        shapes = tuple(s for c, s in known.items() if c not in _DROPPED[:dropped])
        name = width - (MARKS_WIDTH + 2) - 2 - sum(shape.width + 2 for shape in shapes)
        least = _NAME_WITH_CAPABILITIES if not dropped else _NAME_AT_LEAST
        if name >= least or not shapes:
            return shapes, max(1, name)
        dropped += 1


def headings_of(
    shapes: Sequence[ColumnShape], name_width: int, sort: Column, reverse: bool
) -> Line:
    """The names of the columns, the sorted one loud and with a sign of the order."""
    name = ColumnShape(Column.NAME, "NAME", name_width, None)
    pieces = padded((), MARKS_WIDTH)
    for shape in (name, *shapes):
        if shape.column is sort:
            pieces += _sorted_heading(shape, "▾" if reverse else "▴")
        else:
            pieces += padded(line(quiet(shape.heading)), shape.width, right=shape.is_right)
    return pieces


def _sorted_heading(shape: ColumnShape, sign: str) -> Line:
    # Where the sign does not fit beside the word it takes the blank that a cell has there.
    word, room = shape.heading, shape.width + 1
    blank = " " if len(word) + 2 <= room else ""
    if shape.is_right:
        return (*fitted(line(loud(f"{sign}{blank}{word}")), room, right=True), (" ", ""))
    return ((" ", ""), *fitted(line(loud(f"{word}{blank}{sign}")), room))


def fit_cell(verdict: Verdict | None, *, is_spilled: bool, is_awaited: bool = False) -> Line:
    """Whether a model fits; that it does not costs something only where it is loaded.

    Args:
        verdict: None where it is not known.
        is_spilled: whether it is loaded, and not all on a GPU.
        is_awaited: whether it is being worked out.
    """
    if verdict is None:
        return line(quiet("…" if is_awaited else units.UNKNOWN))
    if verdict is Verdict.FITS:
        return line(quiet(verdict.value))
    return line((verdict.value, "costs" if is_spilled else ""))


def name_cell(name: str, cells: int, match: str) -> Line:
    """A model's name, its default tag quiet and the words of the filter in it marked."""
    shown = elided(name, cells, match.split()[0] if match.split() else "")
    inks = [""] * len(shown)
    if shown.endswith(":latest"):
        inks[-len(":latest") :] = ["quiet"] * len(":latest")
    for word in match.casefold().split():
        at = shown.casefold().find(word)
        if at >= 0:
            inks[at : at + len(word)] = ["found"] * len(word)
    pieces: list[tuple[str, str]] = []
    for letter, ink in zip(shown, inks, strict=True):
        if pieces and pieces[-1][1] == ink:
            pieces[-1] = (pieces[-1][0] + letter, ink)
        else:
            pieces.append((letter, ink))
    blank = cells - cell_len(shown)
    return (*pieces, (" " * blank, "")) if blank > 0 else tuple(pieces)


def padded(cell: Line, width: int, *, right: bool = False) -> Line:
    """A cell with the blank that columns have at either side."""
    return ((" ", ""), *fitted(cell, width, right=right), (" ", ""))
