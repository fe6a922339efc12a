"""The lines of the GPUs: how full and how busy each is, and who holds its memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from ollama_tui.core import units
from ollama_tui.core.gpus import Gpu, Gpus, Holder, Holding
from ollama_tui.core.gpus.watched import HISTORY
from ollama_tui.tui.layout import BOXED_FROM, WIDE_FROM, GpuLines
from ollama_tui.tui.lines import Line, bar, elided, fitted, line, quiet, spread, wrapped

_ONE_LINE_FROM = 72
"""Cells from which all of a GPU stands in one line."""
_LONG_HISTORY_FROM = 90
_BOX, _WIDE_BOX = 42, 54
"""Cells within the frame at the side of the screen, as app.tcss has it."""
_SHARE, _DEGREES, _POWER = 5, 6, 10
_FIGURES = _SHARE + _DEGREES + _POWER + 4
_LEVELS = "▁▂▃▄▅▆▇"
_WHY_LINES = 3
_BAR_AT_LEAST = 4
_NAME_AT_MOST = 24


@dataclass(frozen=True, slots=True)
class Row:
    """A GPU, a part of its memory, or a remark."""

    name: str
    """What the cursor knows it by."""
    lines: tuple[Line, ...]


def wanted(gpus: Gpus, width: int, *, is_folded: bool) -> GpuLines | None:
    """What the panel can make use of on a screen of that width; None if it is not there.

    That GPUs are read elsewhere is said in its title, and folded not even there.
    """
    if is_folded and gpus.reading.elsewhere:
        return None
    if is_folded or gpus.reading.elsewhere:
        return GpuLines(0, 0)
    boxed = _WIDE_BOX if width >= WIDE_FROM else _BOX
    all_lines = _lines_of_all(gpus, boxed if width >= BOXED_FROM else width - 2)
    return GpuLines(all_lines, max(1, len(gpus.reading.gpus)))


def rows_in(gpus: Gpus, width: int, height: int, *, has_history: bool) -> tuple[Row, ...]:
    """All rows where they fit, else the GPUs in a line each and then who holds them."""
    if _lines_of_all(gpus, width) <= height:
        rows = _all_rows(gpus, width, has_history=has_history)
    else:
        # A scroll bar takes two cells.
        rows = _short_rows(gpus, width - 2, has_history=has_history)
    if gpus.as_of is None:
        return tuple(rows)
    return tuple(Row(row.name, tuple(map(_dimmed, row.lines))) for row in rows)


def _lines_of_all(gpus: Gpus, width: int) -> int:
    """How many lines `_all_rows` has, for a fraction of its time."""
    count, held = len(gpus.reading.gpus), sum(map(len, gpus.shares.of.values()))
    lines = count * (1 if width >= _ONE_LINE_FROM else 2) + held + max(0, count - 1)
    return lines + sum(len(row.lines) for row in _remarks(gpus, width))


def _all_rows(gpus: Gpus, width: int, *, has_history: bool) -> list[Row]:
    reading, rows = gpus.reading, list[Row]()
    for gpu, past in zip(reading.gpus, gpus.history, strict=True):
        shown = _gpu_lines(gpus, gpu, past if has_history else (), width)
        rows.append(Row(gpu.key, shown))
        held = gpus.shares.of.get(gpu.key, ())
        rows += [_held_row(gpu, one, width, "  ") for one in held]
        if gpu is not reading.gpus[-1]:
            last = rows.pop()
            rows.append(Row(last.name, (*last.lines, ())))
    return [*rows, *_remarks(gpus, width)]


def _short_rows(gpus: Gpus, width: int, *, has_history: bool) -> list[Row]:
    reading = gpus.reading
    pairs = list(zip(reading.gpus, gpus.history, strict=True))
    rows = [
        Row(gpu.key, _gpu_lines(gpus, gpu, past if has_history else (), width)[:1])
        for gpu, past in pairs
    ]
    for gpu, _ in pairs:
        held = gpus.shares.of.get(gpu.key, ())
        prefix = f"{gpu.label} "
        rows += [_held_row(gpu, one, width, prefix) for one in held if one.kind is not Holder.FREE]
    return [*rows, *_remarks(gpus, width)]


def _remarks(gpus: Gpus, width: int) -> list[Row]:
    rows = [
        Row(f"unplaced {one.name}", (_held(one, width, "", "on a GPU"),))
        for one in gpus.shares.unplaced
    ]
    if why := gpus.reading.why:
        rows.append(Row("why", tuple(wrapped(why, width, "quiet")[:_WHY_LINES])))
    return rows


def _gpu_lines(gpus: Gpus, gpu: Gpu, past: Sequence[float], width: int) -> tuple[Line, ...]:
    figures = _figures(gpu)
    if width >= _ONE_LINE_FROM:
        cells = HISTORY if width >= _LONG_HISTORY_FROM else HISTORY // 2
        first = _memory_line(gpus, gpu, width - _FIGURES - cells - 4)
        return ((*first, ("  ", ""), *figures, ("  ", ""), *_history(past, cells)),)
    room = min(HISTORY, width - _FIGURES - 1)
    history = _history(past, room) if room > 0 else ()
    return _memory_line(gpus, gpu, width), spread(figures, history, width)


def _memory_line(gpus: Gpus, gpu: Gpu, width: int) -> Line:
    """Index, name, bar and bytes."""
    others = gpus.reading.gpus
    label_width = max(cell_len(one.label) for one in others) + 1
    bytes_width = max(len(memory_words(one)) for one in others) + 4
    name_width = max(cell_len(one.short_name) for one in others)
    room = width - label_width - bytes_width - 2
    name_width = max(1, min(name_width, _NAME_AT_MOST, room - _BAR_AT_LEAST - 2))
    left = line(
        quiet(_fitted_text(gpu.label, label_width)),
        _fitted_text(elided(gpu.short_name, name_width), name_width),
    )
    share, bar_width = gpu.share, room - name_width - 2
    if share is not None and bar_width >= _BAR_AT_LEAST:
        left = (*left, ("  ", ""), *bar(share, bar_width, "alive"))
    used, total = units.gibibytes(gpu.used), units.gibibytes(gpu.total)
    right = line(used, quiet(f"/{total} GiB")) if gpu.total is not None else line(units.UNKNOWN)
    return spread(left, right, width)


def memory_words(gpu: Gpu) -> str:
    """What is used of a GPU's memory, in GiB without the unit: `21.9/24.0`."""
    if gpu.total is None:
        return units.UNKNOWN
    return f"{units.gibibytes(gpu.used)}/{units.gibibytes(gpu.total)}"


def _fitted_text(text: str, cells: int) -> str:
    """A text in exactly so many cells."""
    return "".join(piece for piece, _ in fitted(line(text), cells))


def _figures(gpu: Gpu) -> Line:
    """How busy, how warm, and what it takes of what it may."""
    share = _split(units.share(gpu.utilisation))
    degrees = _split(units.degrees(gpu.temperature))
    power = _split(units.watts(gpu.power))
    if gpu.power is not None and gpu.power_limit:
        power = line(f"{gpu.power:.0f}", quiet(f"/{gpu.power_limit:.0f} W"))
    gap = ("  ", "")
    return (
        *fitted(share, _SHARE, right=True),
        gap,
        *fitted(degrees, _DEGREES, right=True),
        gap,
        *fitted(power, _POWER, right=True),
    )


def _split(words: str) -> Line:
    number, blank, unit = words.partition(" ")
    return line(number, quiet(blank + unit) if unit else "")


def _history(past: Sequence[float], cells: int) -> Line:
    """How busy it was, the newest at the right; before that it is taken for idle."""
    if not past:
        return line(" " * cells)
    levels = [min(len(_LEVELS) - 1, int(part * len(_LEVELS))) for part in past[-cells:]]
    marks = "".join(_LEVELS[level] for level in levels)
    return line(quiet(marks.rjust(cells, _LEVELS[0])))


def _held_row(gpu: Gpu, one: Holding, width: int, prefix: str) -> Row:
    name = f"{gpu.key} {one.kind.value} {one.name} {one.pid}"
    return Row(name, (_held(one, width, prefix),))


def _held(one: Holding, width: int, prefix: str, remark: str = "") -> Line:
    size, unit = units.memory_parts(one.used)
    if one.kind is not Holder.MODEL:
        words = " · ".join(filter(None, (one.name, one.user)))
        return spread(line(quiet(prefix + words)), line(quiet(units.memory(one.used))), width)
    remarks = " ".join(filter(None, ("" if one.is_measured else "reported", remark)))
    room = width - len(prefix) - 10 - cell_len(remarks)
    name = elided(one.name.removesuffix(":latest"), max(1, room))
    left = line(quiet(prefix), name, quiet(f"  {remarks}") if remarks else "")
    return spread(left, line(size, quiet(f" {unit}")), width)


def _dimmed(of: Line) -> Line:
    return tuple((text, "quiet") for text, _ in of)
