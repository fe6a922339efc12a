"""How the lines of the screen are shared out among the panels."""

from __future__ import annotations

from dataclasses import dataclass

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
_BARS = 2
"""Lines of the header and the key bar."""
_ROOMY_FROM = 20
"""Lines of the screen from which the models keep ten."""
_PANELS_FROM = 8
"""Lines of the screen from which there are panels beside the models."""
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


@dataclass(frozen=True, slots=True)
class Needs:
    """What the panels beside the models have to show."""

    running: int
    """Lines that all rows of Running take."""
    downloads: int
    """Lines that all rows of Downloads take; 0 where there is no panel for them."""
    has_running: bool
    """Whether anything is loaded, so that headings make sense."""
    folds_running: bool = False
    """Whether the user wants its title alone."""
    folds_downloads: bool = False
    gpus: GpuLines | None = None
    """None if there is no panel for them."""


def heights(width: int, height: int, needs: Needs) -> Heights:
    """Share out a screen, so that the table of models keeps ten lines where that is possible.

    What does not fit goes in this order: the GPUs' rows, Running's headings, downloads beyond
    two, downloads beyond none, Running's rows. In boxes the GPUs stand below the details, which
    keep twelve lines.
    """
    is_boxed = width >= BOXED_FROM
    frame = 2 if is_boxed else 1
    below = needs.gpus if not is_boxed and height >= _GPUS_FROM else None
    least = _MODELS_AT_LEAST if height >= _ROOMY_FROM else _MODELS_WHERE_TIGHT
    frames = frame * ((3 if needs.downloads else 2) + (below is not None))
    wanted = _wanted(needs, below, is_boxed=is_boxed)
    given = _squeezed(wanted, _BARS + least + frames + sum(wanted.values()) - height)
    has_panels = height >= _PANELS_FROM
    downloads = frame + given["downloads"] if needs.downloads and has_panels else 0
    beside = height - _BARS - downloads - _DETAILS_AT_LEAST - frame
    return Heights(
        frame + given["headings"] + given["running"] if has_panels else 0,
        downloads,
        bool(given["headings"]),
        _of_gpus(needs.gpus, beside, frame) if is_boxed else _of_gpus(below, given["gpus"], frame),
    )


def _wanted(needs: Needs, below: GpuLines | None, *, is_boxed: bool) -> dict[str, int]:
    """Lines that each part would take, without frames."""
    has_headings = needs.has_running and is_boxed and not needs.folds_running
    return {
        "gpus": below.all if below else 0,
        "headings": int(has_headings),
        "running": 0 if needs.folds_running else needs.running,
        "downloads": 0 if needs.folds_downloads else needs.downloads,
    }


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
