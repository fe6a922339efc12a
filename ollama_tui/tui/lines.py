"""Lines of text as plain values: what a widget shows, before any terminal is involved.

A line is a tuple of pieces, a piece is a text with its ink. An ink is a few words, of which
`ink.py` makes a style: `quiet`, `loud`, `yours`, `alive`, `costs`, `broken`, `line`, `found`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from rich.cells import cell_len, chop_cells, set_cell_size

Piece = tuple[str, str]
Line = tuple[Piece, ...]

ELLIPSIS = "…"
_ENOUGH_OF_A_NAME = 7
"""Cells of a name by which people still know it."""
DOT: Piece = (" · ", "quiet")


def line(*pieces: str | Piece) -> Line:
    """A line of these pieces; a bare text has no ink."""
    return tuple((piece, "") if isinstance(piece, str) else piece for piece in pieces if piece)


def quiet(text: str) -> Piece:
    """A piece that steps back: a label, a unit."""
    return (text, "quiet")


def loud(text: str) -> Piece:
    """A piece that stands out: a heading, a key."""
    return (text, "loud")


def plain(of: Line) -> str:
    """A line's text alone."""
    return "".join(text for text, _ in of)


def width(of: Line) -> int:
    """How many cells of the terminal a line takes."""
    # Each cell of each row of the table is measured, and most are ASCII.
    return sum([len(text) if text.isascii() else cell_len(text) for text, _ in of])


def joined(parts: Iterable[Line], separator: Piece = DOT) -> Line:
    """The parts that are not empty, in one line with a separator between them."""
    pieces: list[Piece] = []
    for part in parts:
        if part:
            pieces += [separator, *part] if pieces else part
    return tuple(pieces)


def cut(of: Line, cells: int) -> Line:
    """A line in at most so many cells; what is too long ends in an ellipsis."""
    if width(of) <= cells:
        return of
    pieces: list[Piece] = []
    left = cells - 1
    for text, ink in of:
        if cell_len(text) > left:
            pieces.append(
                (set_cell_size(text, max(0, left)) + (ELLIPSIS if cells > 0 else ""), ink)
            )
            break
        pieces.append((text, ink))
        left -= cell_len(text)
    return tuple(pieces)


def fitted(of: Line, cells: int, *, right: bool = False) -> Line:
    """A line in exactly so many cells, its text at the left or at the right."""
    left = cells - width(of)
    if left < 0:
        of = cut(of, cells)
        left = cells - width(of)
    if not left:
        return of
    blank = (" " * left, "")
    return (blank, *of) if right else (*of, blank)


def spread(left: Line, right: Line, cells: int) -> Line:
    """Two lines in one of so many cells, one at each edge; the left one is cut if need be."""
    if not right:
        return fitted(left, cells)
    room = cells - width(right)
    return (*fitted(left, room), *right) if room > 0 else cut(right, cells)


def wrapped(text: str, cells: int, ink: str = "") -> list[Line]:
    """A text in lines of at most so many cells, broken between words, a longer one within."""
    rows: list[str] = []
    for word in chain.from_iterable(chop_cells(word, max(1, cells)) for word in text.split()):
        if rows and cell_len(rows[-1]) + 1 + cell_len(word) <= cells:
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    return [cut(line((row, ink)), cells) for row in rows]


def elided(text: str, cells: int, keep: str = "") -> str:
    """A name in at most so many cells, shortened in the middle so that its tag stays.

    Of one with a registry or an owner before it, these go first.

    Args:
        text: the name.
        cells: how wide it may be.
        keep: a part of it that should stay visible, where that is possible.
    """
    if cell_len(text) <= cells:
        return text
    name, colon, tag = text.rpartition(":")
    tail = colon + tag if colon and "/" not in tag and cell_len(tag) < cells // 2 else ""
    head = name if tail else text
    room = cells - cell_len(tail) - 1
    if room < 1:
        return set_cell_size(text, max(0, cells - 1)) + ELLIPSIS if cells > 0 else ""
    at = head.casefold().find(keep.casefold()) if keep else -1
    if at < 0 and "/" in head:
        return _without_front(head, room) + tail
    if at < 0 or cell_len(head[: at + len(keep)]) <= room:
        return set_cell_size(head, room).rstrip() + ELLIPSIS + tail
    return ELLIPSIS + set_cell_size(head[at:], room).rstrip() + tail


def _without_front(path: str, room: int) -> str:
    """A path whose front gives way first, in so many cells and one for an ellipsis."""
    front, _, last = path.rpartition("/")
    left = room - cell_len(last) - 1
    if left >= 0:
        return f"{set_cell_size(front, left).rstrip()}{ELLIPSIS}/{last}"
    cut_off = f"{ELLIPSIS}/" if room > _ENOUGH_OF_A_NAME else ""
    return f"{cut_off}{set_cell_size(last, room - len(cut_off)).rstrip()}{ELLIPSIS}"


def with_tail(name: str, cells: int) -> str:
    """A name in at most so many cells; what stands behind its last slash goes last."""
    front, slash, tail = name.rpartition("/")
    room = cells - cell_len(tail) - 2
    if not slash or cell_len(name) <= cells:
        return elided(name, cells)
    if room < 0:
        return elided(tail, cells)
    return f"{set_cell_size(front, room).rstrip()}{ELLIPSIS}/{tail}"


def bar(share: float | None, cells: int, ink: str) -> Line:
    """A part of 0 to 1 as a bar, to half a cell; the rest is a thin line."""
    halves = round(max(0.0, min(1.0, share or 0.0)) * cells * 2)
    full, half = divmod(halves, 2)
    done = "━" * full + "╸" * half
    return line((done, ink), ("─" * (cells - len(done)), "quiet"))


def changed_cells(before: Line, after: Line) -> tuple[int, int]:
    """Where two lines of the same width differ: first cell, and the one after the last."""
    common = 0
    for old, new in zip(before, after, strict=False):
        if old != new:
            break
        common += 1
    rest = min(len(before), len(after)) - common
    same_end = 0
    while same_end < rest and before[-1 - same_end] == after[-1 - same_end]:
        same_end += 1
    unchanged = width(after[:common])
    # A mark that combines with the letter before it, of two cells perhaps, changes that letter.
    firsts = (plain(of[common:])[:1] for of in (before, after))
    is_joined = any(first and not cell_len(first) for first in firsts)
    start = max(0, unchanged - 2) if is_joined else unchanged
    changed_before, changed_after = (
        width(of[common : len(of) - same_end]) for of in (before, after)
    )
    if changed_before != changed_after:
        # What follows has moved, so it is repainted too.
        return start, max(width(before), width(after))
    return start, unchanged + changed_after
