"""How the lines of the screen are shared out among the panels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ollama_tui.core.insights import Insights
from ollama_tui.core.models import RunningModel
from ollama_tui.core.pins import Pins

BOXED_FROM = 120
"""Columns from which panels have boxes and details stand beside the table."""
WIDE_FROM = 160
"""Columns from which the details are wider."""
_MODELS_AT_LEAST = 10
_MODELS_WHERE_TIGHT = 3
# In this order, each down to so many lines.
_GIVES_WAY = (
    ("gpus", 0),
    ("headings", 0),
    ("downloads", 2),
    ("running", 1),
    ("downloads", 0),
    ("running", 0),
)
_DETAILS_AT_LEAST = 12
"""Lines that details keep above the GPUs, their frame included."""
_GPUS_FROM = 12
"""Lines of the screen from which there is a panel for GPUs below the others."""


@dataclass(frozen=True, slots=True)
class Heights:
    """Lines for each panel, its frame included; 0 where it is not there."""

    running: int
    downloads: int
    has_headings: bool
    """Whether Running has the names of its columns."""
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class GpuLines:
    """What the panel of the GPUs can make use of."""

    all: int
    """Lines of all its rows."""
    least: int
    """Lines below which it is better off with its title alone."""


def heights(
    width: int,
    height: int,
    running_rows: int,
    download_rows: int,
    *,
    has_running: bool,
    folds_running: bool = False,
    folds_downloads: bool = False,
    gpus: GpuLines | None = None,
) -> Heights:
    """Share out a screen, so that the table of models keeps ten lines where that is possible.

    What does not fit goes in this order: the GPUs' rows, Running's headings, downloads beyond
    two, downloads beyond none, Running's rows. In boxes the GPUs stand below the details, which
    keep twelve lines.

    Args:
        width: columns of the screen.
        height: lines of the screen.
        running_rows: lines that all rows of Running take.
        download_rows: how many downloads there are.
        has_running: whether anything is loaded, so that headings make sense.
        folds_running: whether the user wants its title alone.
        folds_downloads: likewise.
        gpus: what the GPUs need; None if there is no panel for them.
    """
    is_boxed = width >= BOXED_FROM
    frame = 2 if is_boxed else 1
    below = gpus if not is_boxed and height >= _GPUS_FROM else None
    wanted = {
        "gpus": below.all if below else 0,
        "headings": int(has_running and is_boxed and not folds_running),
        "running": 0 if folds_running else running_rows,
        "downloads": 0 if folds_downloads else download_rows,
    }
    least = _MODELS_AT_LEAST if height >= 20 else _MODELS_WHERE_TIGHT
    frames = frame * ((3 if download_rows else 2) + (below is not None))
    given = _squeezed(wanted, 2 + least + frames + sum(wanted.values()) - height)
    downloads = frame + given["downloads"] if download_rows and height >= 8 else 0
    return Heights(
        frame + given["headings"] + given["running"] if height >= 8 else 0,
        downloads,
        bool(given["headings"]),
        _of_gpus(gpus, height - 2 - downloads - _DETAILS_AT_LEAST - frame, frame)
        if is_boxed
        else _of_gpus(below, given["gpus"], frame),
    )


def _of_gpus(gpus: GpuLines | None, room: int, frame: int) -> int:
    """Lines of the panel, its frame included, out of those that are left for its rows."""
    if gpus is None or room < 0:
        return 0
    rows = min(gpus.all, room)
    return frame + (rows if rows >= gpus.least else 0)


def _squeezed(wanted: dict[str, int], excess: int) -> dict[str, int]:
    given = dict(wanted)
    for part, least in _GIVES_WAY:
        cut = max(0, min(excess, given[part] - least))
        given[part] -= cut
        excess -= cut
    return given


LOST_ROW = 2
"""Lines of a pinned model that is not loaded any more."""


def lines_of(
    running: Sequence[RunningModel],
    unloading: Collection[str] = (),
    pins: Pins = Pins(),  # noqa: B008
    loading: Collection[str] = (),
    insights: Insights = Insights(),  # noqa: B008
) -> int:
    """How many lines the rows of Running take, without the headings.

    Args:
        running: what is loaded.
        unloading: the names of those that are to go.
        pins: what is to stay.
        loading: the names of what is being loaded.
        insights: what is known of them beyond that.
    """
    rows = sum(lines_of_row(model, unloading, pins, insights) for model in running)
    return max(1, rows + len(loading) + LOST_ROW * len(pins.lost(running, loading)))


def lines_of_row(
    model: RunningModel, unloading: Collection[str], pins: Pins, insights: Insights
) -> int:
    """How many lines a loaded model takes: one more for each thing that one should know of it."""
    if model.name in unloading:
        return 2
    pin = pins.of(model)
    lines = 1 + (pin is not None and pin.broken is not None)
    if insights.is_gone(model):
        return lines + 1
    return lines + insights.truly(model).is_spilled + insights.is_more(model)
