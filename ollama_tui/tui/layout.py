"""How the lines of the screen are shared out among the panels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ollama_tui.core.insights import Insights
from ollama_tui.core.models import RunningModel
from ollama_tui.core.pins import Pins

BOXED_FROM = 120
"""Columns from which panels have boxes and details stand beside the table."""
_MODELS_AT_LEAST = 10
_MODELS_WHERE_TIGHT = 3
# In this order, each down to so many lines.
_GIVES_WAY = (("headings", 0), ("downloads", 2), ("running", 1), ("downloads", 0), ("running", 0))


@dataclass(frozen=True, slots=True)
class Heights:
    """Lines for each panel, its frame included; 0 where it is not there."""

    running: int
    downloads: int
    has_headings: bool
    """Whether Running has the names of its columns."""


def heights(
    width: int,
    height: int,
    running_rows: int,
    download_rows: int,
    *,
    has_running: bool,
    folds_running: bool = False,
    folds_downloads: bool = False,
) -> Heights:
    """Share out a screen, so that the table of models keeps ten lines where that is possible.

    What does not fit goes in this order: Running's headings, downloads beyond two, downloads
    beyond none, Running's rows.

    Args:
        width: columns of the screen.
        height: lines of the screen.
        running_rows: lines that all rows of Running take.
        download_rows: how many downloads there are.
        has_running: whether anything is loaded, so that headings make sense.
        folds_running: whether the user wants its title alone.
        folds_downloads: likewise.
    """
    frame = 2 if width >= BOXED_FROM else 1
    wanted = {
        "headings": int(has_running and width >= BOXED_FROM and not folds_running),
        "running": 0 if folds_running else running_rows,
        "downloads": 0 if folds_downloads else download_rows,
    }
    least = _MODELS_AT_LEAST if height >= 20 else _MODELS_WHERE_TIGHT
    frames = frame * (3 if download_rows else 2)
    given = _squeezed(wanted, 2 + least + frames + sum(wanted.values()) - height)
    return Heights(
        frame + given["headings"] + given["running"] if height >= 8 else 0,
        frame + given["downloads"] if download_rows and height >= 8 else 0,
        bool(given["headings"]),
    )


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
    return lines + model.is_spilled + insights.is_more(model)
